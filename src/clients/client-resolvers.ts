import { actorOf } from '../authentication/actor.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { SignedInContext } from '../graphql/context.js'
import type { ClientService } from './client-service.js'

export function createClientResolvers({ clients }: { clients: ClientService }): Resolvers {
  return {
    Query: {
      serviceClients: () => clients.listClients(),
    },
    Mutation: {
      createServiceClient: (_root, { input: { kind, ...client } }, context) =>
        clients.createClient(
          { ...client, kind: kind === 'PUBLIC' ? 'public' : 'confidential' },
          makerOf(context),
          actorOf(context),
        ),
      rotateServiceClientSecret: (_root, { id, overlapSeconds }, context) =>
        clients.rotateSecret({ id, overlapSeconds }, makerOf(context), actorOf(context)),
      disableServiceClient: (_root, { id }, context) => clients.disableClient(id, actorOf(context)),
    },
    ServiceClient: {
      kind: ({ kind }) => (kind === 'public' ? 'PUBLIC' : 'CONFIDENTIAL'),
    },
  }
}

const makerOf = ({ caller }: SignedInContext) => ({
  callerScopes: caller.scopes,
  sessionId: caller.sessionId,
})
