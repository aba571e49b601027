import type { EntityManager } from 'typeorm'
import { AppError } from '../errors.js'
import { randomPassword } from './random-password.js'
import { userTable } from './user-table.js'
import type { UserService } from './user-service.js'

export type FirstAdministratorDependencies = {
  db: EntityManager
  randomBytes: (size: number) => Buffer
  seedUser: UserService['seedUser']
  administratorRoles: readonly string[]
}

/** `password`: the one that was made, to be shown once; null where it was given. */
export type FirstAdministrator = { email: string; password: string | null }

/**
 * Makes the administrator of a database that has no users yet; null where it has some.
 * @throws AppError BAD_USER_INPUT for a password that the rules refuse
 */
export async function createFirstAdministrator(
  { db, randomBytes, seedUser, administratorRoles }: FirstAdministratorDependencies,
  { email, password }: { email: string; password: string | null },
): Promise<FirstAdministrator | null> {
  if (await db.exists(userTable)) return null
  const made = password === null ? randomPassword(randomBytes) : null
  try {
    await seedUser({ name: 'Administrator', email, password: password ?? made ?? '' }, administratorRoles)
  } catch (error) {
    // Another replica that started at the same moment was faster.
    if (error instanceof AppError && error.code === 'EMAIL_TAKEN') return null
    throw error
  }
  return { email, password: made }
}
