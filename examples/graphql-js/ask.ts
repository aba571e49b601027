import { createExecutors } from 'fieldgate/authorization'
import { type ExecutionResult, parse, validate } from 'graphql'
import { authorization, type Context, schema } from '../schema.js'

const { execute } = createExecutors(authorization)

/** Plain graphql-js: parse, validate, and execute behind the plan. */
export async function ask(source: string, contextValue: Context): Promise<ExecutionResult> {
  const document = parse(source)
  const errors = validate(schema, document)
  return errors.length > 0 ? { errors } : execute({ schema, document, contextValue })
}
