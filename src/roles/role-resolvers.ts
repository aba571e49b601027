import { actorOf } from '../authentication/actor.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { SignedInContext } from '../graphql/context.js'
import type { User } from '../users/user.js'
import type { ScopeRegistry } from './role.js'
import type { RoleChanges } from './role-changes.js'
import type { RoleService } from './role-service.js'

export type RoleResolverDependencies = {
  roles: RoleService
  roleChanges: RoleChanges
  registry: ScopeRegistry
  /** @throws AppError NOT_FOUND */
  requireUser(id: string): Promise<User>
}

export function createRoleResolvers({
  roles,
  roleChanges,
  registry,
  requireUser,
}: RoleResolverDependencies): Resolvers {
  return {
    Query: {
      roles: () => roles.listRoles(),
      scopes: () => Object.entries(registry).map(([name, scope]) => ({ name, ...scope })),
    },
    Mutation: {
      setUserRoles: async (_root, { userId, roles: names }, context) => {
        const user = await requireUser(userId)
        await roles.setRoles({ userId: user.id, names }, limitsOf(context), actorOf(context))
        return user
      },
      createRole: (_root, { input }, context) =>
        roleChanges.createRole(input, limitsOf(context), actorOf(context)),
      updateRole: (_root, { name, input: { description = null, scopes = null } }, context) =>
        roleChanges.updateRole(name, { description, scopes }, limitsOf(context), actorOf(context)),
      deleteRole: async (_root, { name }, context) => {
        await roleChanges.deleteRole(name, limitsOf(context), actorOf(context))
        return true
      },
    },
    User: {
      roles: ({ id }) => roles.rolesOfUser(id),
    },
  }
}

const limitsOf = ({ caller }: SignedInContext) => ({ callerScopes: caller.scopes })
