import DataLoader from 'dataloader'
import type { EntityManager } from 'typeorm'
import { type Actor, theServer } from '../authentication/actor.js'
import { type Connection, connectionOf, type PageArguments, pageRequest } from '../connections/connection.js'
import { selectPage } from '../connections/keyset.js'
import { AppError } from '../errors.js'
import { isUuid } from '../uuid.js'
import type { Asker } from '../passwords/password-hasher.js'
import { addUser, checkedUser } from './add-user.js'
import type { RegistrationLimiter } from './registration-limiter.js'
import { findUserIn, loadUsers, matchingUsers } from './user-rows.js'
import { userTable } from './user-table.js'
import { checkedName, type User } from './user.js'

export type NewUser = {
  name: string
  email: string
  password: string
  /** Fires when whoever asks for it goes away: nobody waits any more. */
  signal?: AbortSignal | undefined
}

/** A page of users, and the search that it is a page of. */
export type UserPage = Connection<User> & { search: string | null }

export type UserServiceDependencies = {
  db: EntityManager
  now: () => Date
  /** @throws AppError BAD_USER_INPUT where the rules refuse the password */
  requireAcceptablePassword(password: { password: string; email: string; field: string }): void
  hashPassword(password: string, asker: Asker): Promise<string>
  newcomerRoles: readonly string[]
  /** Whether strangers may make users of their own. */
  registration: 'open' | 'closed'
  registrationLimiter: RegistrationLimiter
  /** @throws AppError BAD_USER_INPUT for a role that there is none of, FORBIDDEN for one beyond these scopes */
  requireAssignable(roles: readonly string[], callerScopes: readonly string[]): Promise<void>
  /** @throws AppError FORBIDDEN for a user who has scopes beyond these */
  requireReach(tx: EntityManager, userId: string, callerScopes: readonly string[]): Promise<void>
  /** `callerScopes`: null where nobody asks whether they reach so far. @throws AppError as `requireAssignable` */
  assignRoles(tx: EntityManager, userId: string, given: GivenRoles): Promise<void>
  /** Runs a change that may take away an administrator. @throws AppError BAD_USER_INPUT where none is left */
  keepingAnAdministrator<T>(change: (tx: EntityManager) => Promise<T>): Promise<T>
  endSessions(tx: EntityManager, userId: string, by: Actor): Promise<unknown>
  recordAudit(tx: EntityManager, event: UserAuditEvent): Promise<void>
  /** Resolves when no replica accepts what the transactions before have revoked. */
  revocationsSettled(): Promise<void>
}

/** What users tell the audit log, each in the transaction of what it tells of. */
export type UserAuditEvent = Actor & { subjectId: string; result: 'success' } & (
    | {
        action: 'user.registered' | 'user.disabled' | 'user.enabled' | 'password.changed' | 'password.reset'
        details: NoDetails
      }
    | { action: 'user.created'; details: { roles: readonly string[] } }
    | { action: 'user.updated'; details: { fields: readonly string[] } }
    | { action: 'user.credentials-revoked'; details: { sessions: string; apiKeys: string } }
  )

export type GivenRoles = { roles: readonly string[]; callerScopes: readonly string[] | null }

type NoDetails = Readonly<Record<string, never>>

const registrationClosed = 'Nobody can register here. Ask an administrator for an account.'

export type UserService = ReturnType<typeof createUserService>

export function createUserService(deps: UserServiceDependencies) {
  const { db, now } = deps

  // Whoever asks in one turn of the event loop shares one statement, which is sent when the last of them has asked: what
  // was written before anybody asked, it sees.
  const usersById = new DataLoader((ids: readonly string[]) => loadUsers(db, ids), {
    cache: false,
    maxBatchSize: 500,
    batchScheduleFn: (send) => void setImmediate(send),
  })

  async function findUser(id: string): Promise<User | null> {
    return isUuid(id) ? usersById.load(id.toLowerCase()) : null
  }

  /** Within a transaction, it sees what the transaction has written. @throws AppError NOT_FOUND */
  async function requireUser(id: string, manager?: EntityManager): Promise<User> {
    const user = manager ? await findUserIn(manager, id) : await findUser(id)
    if (user === null) throw new AppError('NOT_FOUND', { message: 'There is no user with this id.' })
    return user
  }

  const createUser = (user: NewUser, given: GivenRoles, by: Actor): Promise<User> =>
    addUser(deps, checkedUser(deps, user), given, {
      ...by,
      action: 'user.created',
      details: { roles: given.roles },
    })

  /** Does nothing where the user is so already. */
  async function setDisabledAt(
    tx: EntityManager,
    { id, disabledAt }: Pick<User, 'id' | 'disabledAt'>,
    by: Actor,
  ): Promise<User> {
    const user = await requireUser(id, tx)
    if ((user.disabledAt === null) === (disabledAt === null)) return user
    await tx.update(userTable, { id: user.id }, { disabledAt, updatedAt: now() })
    const action = disabledAt === null ? 'user.enabled' : 'user.disabled'
    await deps.recordAudit(tx, { ...by, action, subjectId: user.id, result: 'success', details: {} })
    return requireUser(id, tx)
  }

  return {
    findUser,
    requireUser,

    /** As the server itself, without looking at what anybody may. @throws AppError as checkedUser and addUser */
    seedUser: async (user: NewUser, roles: readonly string[]): Promise<User> =>
      createUser(user, { roles, callerScopes: null }, theServer),

    /** @throws AppError as checkedUser and addUser; RATE_LIMITED; FORBIDDEN where registration is closed */
    async register(user: NewUser, by: Actor & { address: string }): Promise<User> {
      if (deps.registration === 'closed') throw new AppError('FORBIDDEN', { message: registrationClosed })
      const checked = checkedUser(deps, user)
      await deps.registrationLimiter.count(by.address)
      const given = { roles: deps.newcomerRoles, callerScopes: null }
      return addUser(deps, checked, given, { ...by, action: 'user.registered', details: {} })
    },

    /** @throws AppError as checkedUser and addUser; FORBIDDEN for a role with scopes that the caller lacks */
    async createUser(
      user: NewUser,
      { roles, callerScopes }: { roles: readonly string[] | null; callerScopes: readonly string[] },
      by: Actor,
    ): Promise<User> {
      if (roles === null) return createUser(user, { roles: deps.newcomerRoles, callerScopes: null }, by)
      // Before the password is hashed, and again when the roles are held: they can be given more meanwhile.
      await deps.requireAssignable(roles, callerScopes)
      return createUser(user, { roles, callerScopes }, by)
    },

    /** Newest first. @throws AppError BAD_USER_INPUT for impossible page arguments */
    async listUsers(page: PageArguments, search: string | null): Promise<UserPage> {
      const request = pageRequest(page)
      const rows = await selectPage(matchingUsers(db, search), request).getMany()
      return { ...connectionOf(rows, request), search }
    },

    countUsers: (search: string | null): Promise<number> => matchingUsers(db, search).getCount(),

    /** @throws AppError BAD_USER_INPUT; NOT_FOUND for a caller who is no user */
    async updateProfile(id: string, { name }: { name: string }, by: Actor): Promise<User> {
      const fields = { name: checkedName(name) }
      return db.transaction(async (tx) => {
        await requireUser(id, tx)
        await tx.update(userTable, { id }, { ...fields, updatedAt: now() })
        await deps.recordAudit(tx, {
          ...by,
          action: 'user.updated',
          subjectId: id,
          result: 'success',
          details: { fields: Object.keys(fields) },
        })
        return requireUser(id, tx)
      })
    },

    /** Ends every session of the user too. @throws AppError NOT_FOUND, FORBIDDEN; BAD_USER_INPUT for the last administrator */
    async disableUser(
      id: string,
      { callerScopes }: { callerScopes: readonly string[] },
      by: Actor,
    ): Promise<User> {
      const user = await deps.keepingAnAdministrator(async (tx) => {
        await requireUser(id, tx)
        await deps.requireReach(tx, id, callerScopes)
        // The sessions end below, told to the audit log, which a trigger would not do.
        await tx.query(`SELECT set_config('fieldgate.user_disabling', 'handled', true)`)
        const disabled = await setDisabledAt(tx, { id, disabledAt: now() }, by)
        await deps.endSessions(tx, id, by)
        return disabled
      })
      await deps.revocationsSettled()
      return user
    },

    /** @throws AppError NOT_FOUND, FORBIDDEN */
    enableUser: (
      id: string,
      { callerScopes }: { callerScopes: readonly string[] },
      by: Actor,
    ): Promise<User> =>
      db.transaction(async (tx) => {
        await requireUser(id, tx)
        await deps.requireReach(tx, id, callerScopes)
        return setDisabledAt(tx, { id, disabledAt: null }, by)
      }),
  }
}
