import { actorOf } from '../authentication/actor.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { User } from '../users/user.js'
import type { ScopeRegistry } from './role.js'
import type { RoleService } from './role-service.js'

export type RoleResolverDependencies = {
  roles: RoleService
  registry: ScopeRegistry
  /** @throws AppError NOT_FOUND */
  requireUser(id: string): Promise<User>
}

export function createRoleResolvers({ roles, registry, requireUser }: RoleResolverDependencies): Resolvers {
  return {
    Query: {
      roles: () => roles.listRoles(),
      scopes: () => Object.entries(registry).map(([name, scope]) => ({ name, ...scope })),
    },
    Mutation: {
      setUserRoles: async (_root, { userId, roles: names }, context) => {
        const user = await requireUser(userId)
        const reach = { callerScopes: context.caller.scopes }
        await roles.setRoles({ userId: user.id, names }, reach, actorOf(context))
        return user
      },
    },
    User: {
      roles: ({ id }) => roles.rolesOfUser(id),
    },
  }
}
