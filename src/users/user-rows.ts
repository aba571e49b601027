import { randomUUID } from 'node:crypto'
import { type EntityManager, QueryFailedError } from 'typeorm'
import { AppError } from '../errors.js'
import { isUuid } from '../uuid.js'
import { type UserRow, userTable } from './user-table.js'
import { emailKey, searchText, type User } from './user.js'

/** Within a transaction, with what it has written. */
export const findUserIn = async (tx: EntityManager, id: string): Promise<User | null> =>
  isUuid(id) ? tx.findOneBy(userTable, { id }) : null

/** In the order of the ids; null where there is no such user. */
export async function loadUsers(db: EntityManager, ids: readonly string[]): Promise<(User | null)[]> {
  // Written out, not built: this is asked more often than anything else.
  const rows = await db.query<User[]>(
    `SELECT id, name, email, created_at AS "createdAt", updated_at AS "updatedAt", disabled_at AS "disabledAt"
     FROM users WHERE id = ANY ($1::uuid[])`,
    [[...new Set(ids)]],
  )
  const byId = new Map(rows.map((user) => [user.id, user]))
  return ids.map((id) => byId.get(id) ?? null)
}

type InsertableUser = Pick<UserRow, 'name' | 'email' | 'emailKey' | 'passwordHash'> & { at: Date }

/** Returns its id. @throws AppError EMAIL_TAKEN */
export async function insertUser(tx: EntityManager, { at, ...row }: InsertableUser): Promise<string> {
  try {
    const id = randomUUID()
    await tx.insert(userTable, { ...row, id, createdAt: at, updatedAt: at })
    return id
  } catch (error) {
    if (isEmailTaken(error)) throw new AppError('EMAIL_TAKEN', { details: { field: 'email' } })
    throw error
  }
}

function isEmailTaken(error: unknown): boolean {
  return (
    error instanceof QueryFailedError &&
    'constraint' in error.driverError &&
    error.driverError.constraint === 'uq_users_email_key'
  )
}

/** Whose name or e-mail address has the text in it; all for none. */
export function matchingUsers(db: EntityManager, search: string | null) {
  const query = db.createQueryBuilder(userTable, 'user')
  const text = searchText(search ?? '')
  if (text === '') return query
  return query.where('(user.name ILIKE :name OR user.emailKey LIKE :email)', {
    name: substringPattern(text),
    email: substringPattern(emailKey(text)),
  })
}

// PostgreSQL 9.7.1: `%`, `_` and the escape character stand for themselves after a backslash.
function substringPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`
}
