import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute } from 'graphql'
import { createCompiledExecute } from '../../src/execution/compiled-execute.js'
import { type Contender, onExecute } from '../contender.js'
import { resolvers, sdl } from '../people.js'

export const createOpenSchema = () =>
  makeExecutableSchema({ typeDefs: sdl({ root: '', guarded: () => '', open: '' }), resolvers })

/** The schema without any authorization, on graphql-js. */
export function createOpen(name = 'no authorization'): Contender {
  const schema = createOpenSchema()
  return {
    name,
    prepare: onExecute(execute, schema),
  }
}

/** The same, on the executor that Fieldgate uses. */
export function createCompiledOpen(name = 'no authorization, compiled'): Contender {
  const schema = createOpenSchema()
  return { name, prepare: onExecute(createCompiledExecute(schema), schema) }
}
