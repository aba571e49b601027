import { actorOf } from '../authentication/actor.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { ApiKeyService } from './api-key-service.js'

export function createApiKeyResolvers({ apiKeys }: { apiKeys: ApiKeyService }): Resolvers {
  return {
    Mutation: {
      createApiKey: (_root, { input: { expiresAt = null, ...key } }, context) =>
        apiKeys.createKey(context.caller, { ...key, expiresAt }, actorOf(context)),
      revokeApiKey: async (_root, { id }, context) => {
        await apiKeys.revokeKey(context.caller.id, id, actorOf(context))
        return true
      },
    },
    User: {
      apiKeys: ({ id }) => apiKeys.listKeys(id),
    },
  }
}
