import type { ApolloServerPlugin } from '@apollo/server'
import { BREAK, GraphQLError, visit } from 'graphql'
import type { DocumentNode } from 'graphql'
import { isCaller } from '../../authentication/caller.js'
import type { Context } from '../context.js'

/** Introspection for callers only. Documents are kept over requests, so each is searched once. */
export function introspectionForCallers(): ApolloServerPlugin<Context> {
  const known = new WeakMap<DocumentNode, boolean>()
  const introspects = (document: DocumentNode) => {
    const answer = known.get(document) ?? asksForSchema(document)
    known.set(document, answer)
    return answer
  }

  return {
    requestDidStart: async () => ({
      async didResolveOperation({ contextValue, document }) {
        if (isCaller(contextValue.caller) || !introspects(document)) return
        throw new GraphQLError('Sign in to introspect the schema.', {
          extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
        })
      },
    }),
  }
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Field({ name }) {
      if (name.value !== '__schema' && name.value !== '__type') return undefined
      found = true
      return BREAK
    },
  })
  return found
}
