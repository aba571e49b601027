import { isDeepStrictEqual } from 'node:util'
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import type { Context, Query } from './people.js'

/** One way to serve the schema. A prepared run answers one request, and makes what a request needs afresh. */
export type Contender = {
  readonly name: string
  prepare(query: Query): () => ExecutionResult | Promise<ExecutionResult>
}

type Execute = (args: {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly contextValue: Context
}) => ExecutionResult | Promise<ExecutionResult>

/** Runs of a schema on graphql-js or what stands for it. */
export function onExecute(execute: Execute, schema: GraphQLSchema): Contender['prepare'] {
  return ({ document, caller }) =>
    () =>
      execute({ schema, document, contextValue: { caller } })
}

type Replacer = (key: string, value: unknown) => unknown

/** `email` left out, whatever it says. */
const withoutEmail: Replacer = (key, value) => (key === 'email' ? undefined : value)

/**
 * `email` left out where it says nothing, and keys that nobody asked for: `@envelop/generic-auth` answers lists without
 * the key of a refused field, and with a field "@" beside them.
 */
const withoutNullEmail: Replacer = (key, value) =>
  key === '@' || (key === 'email' && value === null) ? undefined : value

/** As a client sees it, without prototypes. */
const seen = (value: unknown, replace?: Replacer): unknown =>
  JSON.parse(JSON.stringify(value ?? null, replace))

/**
 * A contender that answers something else does other work, so its time says nothing.
 * Throws when the answer is not the one expected, given what a schema without any authorization answers.
 */
export function assertAnswer(
  contender: string,
  query: Query,
  open: ExecutionResult,
  answer: ExecutionResult,
) {
  const got = seen(answer.data)
  const errors = answer.errors?.length ?? 0
  const right = {
    granted: () => errors === 0 && isDeepStrictEqual(got, seen(open.data)),
    partial: () =>
      errors > 0 && isDeepStrictEqual(seen(got, withoutNullEmail), seen(open.data, withoutEmail)),
    refused: () => errors > 0 && !JSON.stringify(got).includes('Person'),
  }[query.outcome]()
  if (right) return
  const told = JSON.stringify([got, answer.errors?.slice(0, 2)]).slice(0, 400)
  throw new Error(`${contender}, ${query.name}: ${errors} errors, ${told}`)
}
