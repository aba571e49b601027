import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils'
import { defaultFieldResolver, GraphQLError, type GraphQLSchema } from 'graphql'
import jwt from 'jsonwebtoken'
import type { Serve } from '../contender.js'
import { type Context, createResolvers, sdl } from '../schema.js'
import { signTokens } from '../token.js'

/** A directive as the documentation of graphql-tools writes it. */
function withAuthDirective(schema: GraphQLSchema): GraphQLSchema {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field) => {
      const scope: unknown = getDirective(schema, field, 'auth')?.[0]?.['scope']
      if (typeof scope !== 'string') return undefined
      const { resolve = defaultFieldResolver } = field
      return {
        ...field,
        async resolve(source, args, context: Context, info) {
          if (!context.scopes.has(scope)) {
            throw new GraphQLError('Not authorized', { extensions: { code: 'FORBIDDEN' } })
          }
          return await resolve(source, args, context, info)
        },
      }
    },
  })
}

/** Apollo Server, a token verified with a string and a user read for each request, an async directive. */
export const serveTutorial: Serve = async ({ store, callers, secret }) => {
  const marked = sdl({ scoped: (scope) => `@auth(scope: "${scope}")`, type: '' })
  const schema = makeExecutableSchema({
    typeDefs: ['directive @auth(scope: String!) on FIELD_DEFINITION', marked],
    resolvers: createResolvers(store),
  })
  const server = new ApolloServer<Context>({ schema: withAuthDirective(schema) })
  const { url } = await startStandaloneServer(server, {
    listen: { host: '127.0.0.1', port: 0 },
    context: async ({ req }) => {
      const token = (req.headers.authorization ?? '').replace('Bearer ', '')
      const claims = jwt.verify(token, secret)
      const user = typeof claims === 'object' && (await store.findPerson(claims.sub ?? ''))
      if (!user) throw new GraphQLError('Not signed in', { extensions: { code: 'UNAUTHENTICATED' } })
      return { callerId: user.id, scopes: new Set(String(claims['scope']).split(' ')) }
    },
  })
  return { url, tokens: signTokens(callers, secret), stop: () => server.stop() }
}
