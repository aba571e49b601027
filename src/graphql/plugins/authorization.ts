import { type ApolloServerPlugin, type BaseContext, HeaderMap } from '@apollo/server'
import { execute, type GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { type Authorization, collapseRefusals, hideSuggestion } from '../../authorization/index.js'

const counted = (error: GraphQLFormattedError, occurrences: number): GraphQLFormattedError => ({
  ...error,
  extensions: { ...error.extensions, occurrences },
})

// Apollo itself wraps the resolvers of a schema in place once it has served it, so a second start must not look again.
const checked = new WeakSet<GraphQLSchema>()

const asInvalid = (error: GraphQLError): GraphQLFormattedError => ({
  ...error.toJSON(),
  extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
})

/** Coercion suggests names for misspelt enum values and input fields; errors with a path come from resolvers. */
const withoutSuggestion = (error: GraphQLFormattedError): GraphQLFormattedError =>
  error.path ? error : { ...error, message: hideSuggestion(error.message) }

/**
 * The engine in Apollo Server: the check pass at start, the plan before the first resolver, one error a refused list.
 * A refused operation answers without `data`, with 400, 401 or 403 and the challenge of RFC 6750.
 */
export function apolloPlugin<Context extends BaseContext>(
  authorization: Authorization<Context>,
): ApolloServerPlugin<Context> {
  const { introspection } = authorization
  return {
    async serverWillStart({ schema }) {
      if (!checked.has(schema)) authorization.check(schema)
      checked.add(schema)
    },
    async requestDidStart() {
      let rejected: 'by validation' | 'no' = 'no'
      return {
        async validationDidStart() {
          return async (errors) => {
            if (errors && introspection === 'filtered') rejected = 'by validation'
          }
        },
        async responseForOperation({ document, request, contextValue, operationName }) {
          const { plan, refusing } = authorization.planRequest(
            document,
            operationName,
            request.variables,
            contextValue,
          )
          if (!refusing && plan.introspects === 'yes' && introspection === 'filtered') {
            const schema = authorization.schemaFor(authorization.callerOf(contextValue))
            const variableValues = request.variables ?? {}
            const { data, errors } = await execute({
              schema,
              document,
              operationName,
              variableValues,
              contextValue,
            })
            const singleResult = {
              ...(errors && { errors: errors.map((error) => error.toJSON()) }),
              ...(data && { data }),
            }
            return {
              http: { headers: new HeaderMap() },
              body: { kind: 'single', singleResult },
            }
          }
          if (!refusing) return null
          const { status, challenge, errors } = refusing
          return {
            http: { status, headers: new HeaderMap([['www-authenticate', challenge]]) },
            body: { kind: 'single', singleResult: { errors: errors.map((error) => error.toJSON()) } },
          }
        },
        async willSendResponse({ response: { body }, document, contextValue }) {
          if (body.kind !== 'single' || !body.singleResult.errors) return
          let reported = body.singleResult.errors
          if (document && rejected === 'by validation') {
            const seen = authorization.validate(document, authorization.callerOf(contextValue))
            // Rules that the host has added say what they mean to say.
            if (seen.length > 0) reported = seen.map(asInvalid)
          }
          const errors = collapseRefusals(reported, counted)
          body.singleResult.errors = introspection === 'filtered' ? errors.map(withoutSuggestion) : errors
        },
      }
    },
  }
}
