import type { Actor } from '../authentication/actor.js'
import { insertUser } from './user-rows.js'
import type { GivenRoles, NewUser, UserServiceDependencies } from './user-service.js'
import { userTable } from './user-table.js'
import { checkedEmail, checkedName, emailKey, type User } from './user.js'

/** As far as can be said without asking anybody, this user may be made. */
export type CheckedUser = NewUser & { emailKey: string }

/** @throws AppError BAD_USER_INPUT */
export function checkedUser(
  { requireAcceptablePassword }: Pick<UserServiceDependencies, 'requireAcceptablePassword'>,
  { password, signal, ...typed }: NewUser,
): CheckedUser {
  const email = checkedEmail(typed.email)
  const name = checkedName(typed.name)
  requireAcceptablePassword({ password, email, field: 'password' })
  return { name, email, emailKey: emailKey(email), password, signal }
}

type AddUserDependencies = Pick<
  UserServiceDependencies,
  'db' | 'now' | 'hashPassword' | 'assignRoles' | 'recordAudit'
>

/** By whom and how, for the audit log. */
type Making = Actor &
  (
    | { action: 'user.registered'; details: Readonly<Record<string, never>> }
    | { action: 'user.created'; details: { roles: readonly string[] } }
  )

/** @throws AppError EMAIL_TAKEN, RATE_LIMITED (too many passwords at once); as `assignRoles` */
export async function addUser(
  { db, now, hashPassword, assignRoles, recordAudit }: AddUserDependencies,
  { password, signal, ...row }: CheckedUser,
  given: GivenRoles,
  making: Making,
): Promise<User> {
  const passwordHash = await hashPassword(password, { address: making.address, signal })
  return db.transaction(async (tx) => {
    const id = await insertUser(tx, { ...row, passwordHash, at: now() })
    await assignRoles(tx, id, given)
    await recordAudit(tx, { ...making, subjectId: id, result: 'success' })
    return tx.findOneByOrFail(userTable, { id })
  })
}
