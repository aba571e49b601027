import { type ApolloServerPlugin, type BaseContext, HeaderMap } from '@apollo/server'
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql'
import { type Authorization, collapseRefusals } from '../../authorization/index.js'

const counted = (error: GraphQLFormattedError, occurrences: number): GraphQLFormattedError => ({
  ...error,
  extensions: { ...error.extensions, occurrences },
})

/**
 * The engine in Apollo Server: the check pass at start, the plan before the first resolver, one error a refused list.
 * A refused operation answers without `data`, with 400, 401 or 403 and the challenge of RFC 6750.
 */
export function apolloPlugin<Context extends BaseContext>(
  authorization: Authorization<Context>,
): ApolloServerPlugin<Context> {
  // Apollo itself wraps the resolvers of a schema in place once it has served it, so a second start must not look again.
  const checked = new WeakSet<GraphQLSchema>()
  return {
    async serverWillStart({ schema }) {
      if (!checked.has(schema)) authorization.check(schema)
      checked.add(schema)
    },
    async requestDidStart() {
      return {
        async responseForOperation({ document, request, contextValue, operationName }) {
          const { refusing } = authorization.planRequest(
            document,
            operationName,
            request.variables,
            contextValue,
          )
          if (!refusing) return null
          const { status, challenge, errors } = refusing
          return {
            http: { status, headers: new HeaderMap([['www-authenticate', challenge]]) },
            body: { kind: 'single', singleResult: { errors: errors.map((error) => error.toJSON()) } },
          }
        },
        async willSendResponse({ response: { body } }) {
          if (body.kind !== 'single' || !body.singleResult.errors) return
          body.singleResult.errors = collapseRefusals(body.singleResult.errors, counted)
        },
      }
    },
  }
}
