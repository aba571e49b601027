import type { GraphQLRequestContext } from '@apollo/server'
import type { Context } from '../context.js'

/** The codes of an answer, each once. */
export function errorCodesOf({ response }: Pick<GraphQLRequestContext<Context>, 'response'>): string[] {
  if (response.body?.kind !== 'single') return []
  const errors = response.body.singleResult.errors ?? []
  return [...new Set(errors.map(({ extensions }) => String(extensions?.['code'])))]
}
