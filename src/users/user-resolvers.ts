import { actorOf } from '../authentication/actor.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { ChangePassword } from './password-change.js'
import type { UserService } from './user-service.js'

export type UserResolverDependencies = { users: UserService; changePassword: ChangePassword }

export function createUserResolvers({ users, changePassword }: UserResolverDependencies): Resolvers {
  return {
    Query: {
      me: (_root, _args, { caller }) => users.findUser(caller.id),
      user: (_root, { id }) => users.findUser(id),
      users: (_root, { search, ...page }) => users.listUsers(page, search ?? null),
    },
    Mutation: {
      register: async (_root, { input }) => ({ userId: (await users.register(input)).id }),
      createUser: (_root, { input }, { caller }) =>
        users.createUser(input, { roles: input.roles ?? null, callerScopes: caller.scopes }),
      updateProfile: (_root, { input }, { caller }) => users.updateProfile(caller.id, input),
      changePassword: async (_root, passwords, context) => {
        const { id: userId, sessionId } = context.caller
        await changePassword({ userId, sessionId }, passwords, actorOf(context))
        return true
      },
      disableUser: (_root, { id }, context) => users.disableUser(id, actorOf(context)),
      enableUser: (_root, { id }) => users.enableUser(id),
    },
    UserConnection: {
      totalCount: ({ search }) => users.countUsers(search),
    },
  }
}
