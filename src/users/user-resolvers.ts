import { actorOf, strangerOf } from '../authentication/actor.js'
import type { Resolvers } from '../generated/resolvers.js'
import type { RevokeUserCredentials } from './credential-revocation.js'
import type { ChangePassword } from './password-change.js'
import type { UserService } from './user-service.js'

export type UserResolverDependencies = {
  users: UserService
  changePassword: ChangePassword
  revokeUserCredentials: RevokeUserCredentials
}

export function createUserResolvers({
  users,
  changePassword,
  revokeUserCredentials,
}: UserResolverDependencies): Resolvers {
  return {
    Query: {
      me: (_root, _args, { caller }) => users.findUser(caller.id),
      user: (_root, { id }) => users.findUser(id),
      users: (_root, { search, ...page }) => users.listUsers(page, search ?? null),
    },
    Mutation: {
      register: async (_root, { input }, context) => {
        const { id: userId } = await users.register({ ...input, signal: context.signal }, strangerOf(context))
        return { userId }
      },
      createUser: (_root, { input }, context) => {
        const limits = { roles: input.roles ?? null, callerScopes: context.caller.scopes }
        return users.createUser({ ...input, signal: context.signal }, limits, actorOf(context))
      },
      updateProfile: (_root, { input }, context) =>
        users.updateProfile(context.caller.id, input, actorOf(context)),
      changePassword: async (_root, passwords, context) => {
        const { id: userId, sessionId } = context.caller
        await changePassword({ userId, sessionId }, passwords, actorOf(context), context.signal)
        return true
      },
      disableUser: (_root, { id }, context) =>
        users.disableUser(id, { callerScopes: context.caller.scopes }, actorOf(context)),
      enableUser: (_root, { id }, context) =>
        users.enableUser(id, { callerScopes: context.caller.scopes }, actorOf(context)),
      revokeUserCredentials: async (_root, { userId }, context) => {
        await revokeUserCredentials(userId, { callerScopes: context.caller.scopes }, actorOf(context))
        return true
      },
    },
    UserConnection: {
      totalCount: ({ search }) => users.countUsers(search),
    },
  }
}
