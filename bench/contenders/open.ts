import { makeExecutableSchema } from '@graphql-tools/schema'
import { execute } from 'graphql'
import { createCompiledExecute } from '../../src/execution/compiled-execute.js'
import { type Contender, onExecute } from '../contender.js'
import { type Person, resolvers, sdl } from '../people.js'

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

/** What any resolver costs: the three fields that others protect have one of their own, which reads the property. */
export function createOpenWithResolvers(): Contender {
  const schema = makeExecutableSchema({
    typeDefs: sdl({ root: '', guarded: () => '', open: '' }),
    resolvers: {
      ...resolvers,
      Person: {
        email: ({ email }: Person) => email,
        phone: ({ phone }: Person) => phone,
        salary: ({ salary }: Person) => salary,
      },
    },
  })
  return { name: 'no authorization, three resolvers', prepare: onExecute(execute, schema) }
}

/** No authorization, on the executor that Fieldgate uses. */
export function createCompiledOpen(name = 'no authorization, compiled'): Contender {
  const schema = createOpenSchema()
  return { name, prepare: onExecute(createCompiledExecute(schema), schema) }
}
