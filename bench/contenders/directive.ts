import { makeExecutableSchema } from '@graphql-tools/schema'
import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils'
import { defaultFieldResolver, execute, GraphQLError, type GraphQLFieldConfig } from 'graphql'
import { type Contender, onExecute } from '../contender.js'
import { type Context, readScope, resolvers, sdl } from '../people.js'

type Field = GraphQLFieldConfig<unknown, Context>

function assertScope(context: Context, scope: string) {
  if (context.caller?.scopes.has(scope)) return
  throw new GraphQLError('Not authorized', { extensions: { code: 'FORBIDDEN' } })
}

const wrappers = {
  /** As the documentation of the schema transformer writes it. */
  async: (config: Field, scope: string): Field => {
    const { resolve = defaultFieldResolver } = config
    return {
      ...config,
      async resolve(source, args, context, info) {
        assertScope(context, scope)
        return await resolve(source, args, context, info)
      },
    }
  },
  sync: (config: Field, scope: string): Field => {
    const { resolve = defaultFieldResolver } = config
    return {
      ...config,
      resolve(source, args, context, info) {
        assertScope(context, scope)
        return resolve(source, args, context, info)
      },
    }
  },
}

/** A directive by `mapSchema` and `getDirective` of graphql-tools. */
export function createDirective(kind: 'async' | 'sync'): Contender {
  const marked = sdl({
    root: `@auth(scope: "${readScope}")`,
    guarded: (scope) => `@auth(scope: "${scope}")`,
    open: '',
  })
  const plain = makeExecutableSchema({
    typeDefs: ['directive @auth(scope: String!) on FIELD_DEFINITION', marked],
    resolvers,
  })
  const schema = mapSchema(plain, {
    [MapperKind.OBJECT_FIELD]: (config: Field) => {
      const scope: unknown = getDirective(plain, config, 'auth')?.[0]?.['scope']
      return typeof scope === 'string' ? wrappers[kind](config, scope) : undefined
    },
  })
  return {
    name: kind === 'async' ? 'directive of the documentation' : 'the same, synchronous',
    prepare: onExecute(execute, schema),
  }
}
