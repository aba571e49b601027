import { type EntityManager, In } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import { AppError } from '../errors.js'
import {
  administratorRole,
  checkedRoleName,
  checkedRoleScopes,
  checkedRoleDescription,
  requireWithinReach,
  type Role,
  type ScopeRegistry,
  seededRoles,
} from './role.js'
import { roleScopeTable, roleTable, userRoleTable } from './role-table.js'

export type RoleChangesDependencies = {
  db: EntityManager
  registry: ScopeRegistry
  /** The scopes, and all that they imply. */
  expandScopes(scopes: readonly string[]): ReadonlySet<string>
  /** @throws AppError BAD_USER_INPUT for a name that there is no role of */
  requireRoles(names: readonly string[], tx: EntityManager): Promise<Role[]>
  recordAudit(tx: EntityManager, event: RoleChangeEvent): Promise<void>
  /** Resolves when no replica accepts what the transactions before have revoked. */
  revocationsSettled(): Promise<void>
}

/** What changes of roles tell the audit log, in the transaction of what it tells of. */
export type RoleChangeEvent = Actor & { subjectId: string; result: 'success' } & (
    | { action: 'role.created'; details: { scopes: readonly string[] } }
    | { action: 'role.updated'; details: { given: readonly string[]; taken: readonly string[] } }
    | { action: 'role.deleted'; details: { scopes: readonly string[] } }
  )

declare module '../audit/audit-event.js' {
  interface AuditActions {
    'role.created': { scopes: readonly string[] }
    'role.updated': { given: readonly string[]; taken: readonly string[] }
    'role.deleted': { scopes: readonly string[] }
  }
}

export type RoleChanges = ReturnType<typeof createRoleChanges>

type Limits = { callerScopes: readonly string[] }

/** Makes, changes and removes roles. Nobody gives or takes a scope that they lack. */
export function createRoleChanges({
  db,
  registry,
  expandScopes,
  requireRoles,
  recordAudit,
  revocationsSettled,
}: RoleChangesDependencies) {
  return {
    /** @throws AppError BAD_USER_INPUT, FORBIDDEN */
    async createRole(role: Role, { callerScopes }: Limits, by: Actor): Promise<Role> {
      const name = checkedRoleName(role.name)
      const description = checkedRoleDescription(role.description)
      const scopes = checkedRoleScopes(role.scopes)
      requireGrantable({ name, scopes }, callerScopes)
      return db.transaction(async (tx) => {
        await requireRoom(tx)
        await insertRole(tx, { name, description })
        await grant(tx, name, scopes)
        await recordAudit(tx, {
          ...by,
          action: 'role.created',
          subjectId: name,
          result: 'success',
          details: { scopes },
        })
        return requireRole(tx, name)
      })
    },

    /** What is null stays. @throws AppError NOT_FOUND, BAD_USER_INPUT, FORBIDDEN */
    async updateRole(
      name: string,
      wanted: { description: string | null; scopes: readonly string[] | null },
      { callerScopes }: Limits,
      by: Actor,
    ): Promise<Role> {
      const changed = await db.transaction(async (tx) => {
        const role = await lockRole(tx, name)
        requireGrantable(role, callerScopes)
        const scopes = wanted.scopes === null ? role.scopes : checkedRoleScopes(wanted.scopes)
        requireGrantable({ name, scopes }, callerScopes)
        const given = scopes.filter((scope) => !role.scopes.includes(scope))
        const taken = role.scopes.filter((scope) => !scopes.includes(scope))
        if (name === administratorRole && taken.length > 0) {
          throw new AppError('BAD_USER_INPUT', { message: 'The role "admin" keeps every scope.' })
        }
        if (wanted.description !== null) {
          await tx.update(roleTable, { name }, { description: checkedRoleDescription(wanted.description) })
        }
        if (taken.length > 0) await tx.delete(roleScopeTable, { roleName: name, scope: In(taken) })
        await grant(tx, name, given)
        await recordAudit(tx, {
          ...by,
          action: 'role.updated',
          subjectId: name,
          result: 'success',
          details: { given, taken },
        })
        return requireRole(tx, name)
      })
      await revocationsSettled()
      return changed
    },

    /** @throws AppError NOT_FOUND, FORBIDDEN; BAD_USER_INPUT for a role that is built in, or that somebody has */
    async deleteRole(name: string, { callerScopes }: Limits, by: Actor): Promise<void> {
      if (Object.hasOwn(seededRoles, name)) {
        throw new AppError('BAD_USER_INPUT', {
          message: `The role "${name}" is built in and cannot be removed. The mutation updateRole can change it.`,
        })
      }
      await db.transaction(async (tx) => {
        const role = await lockRole(tx, name)
        requireGrantable(role, callerScopes)
        const holders = await tx.countBy(userRoleTable, { roleName: name })
        if (holders > 0) {
          throw new AppError('BAD_USER_INPUT', {
            message: `Users have this role: ${holders}. Take it from them first, with setUserRoles.`,
          })
        }
        await tx.delete(roleTable, { name })
        await recordAudit(tx, {
          ...by,
          action: 'role.deleted',
          subjectId: name,
          result: 'success',
          details: { scopes: role.scopes },
        })
      })
      await revocationsSettled()
    },
  }

  /** Whoever gives the role to a user at this moment comes before, or waits and finds what it has become. */
  async function lockRole(tx: EntityManager, name: string): Promise<Role> {
    const held = await tx.query<object[]>(`SELECT name FROM roles WHERE name = $1 FOR UPDATE`, [name])
    if (held.length === 0) throw new AppError('NOT_FOUND', { message: 'There is no role of this name.' })
    return requireRole(tx, name)
  }

  async function requireRole(tx: EntityManager, name: string): Promise<Role> {
    const [role] = await requireRoles([name], tx)
    if (role === undefined) throw new Error('A role that was found is not there.')
    return role
  }

  /** @throws AppError BAD_USER_INPUT for a scope that there is none of; FORBIDDEN by requireWithinReach */
  function requireGrantable(role: Pick<Role, 'name' | 'scopes'>, callerScopes: readonly string[]): void {
    const unknown = role.scopes.find((scope) => !Object.hasOwn(registry, scope))
    if (unknown !== undefined) {
      throw new AppError('BAD_USER_INPUT', {
        message: `There is no scope ${JSON.stringify(unknown.slice(0, 50))}. The query "scopes" lists them.`,
        details: { field: 'scopes' },
      })
    }
    requireWithinReach([{ ...role, scopes: [...expandScopes(role.scopes)] }], expandScopes(callerScopes))
  }
}

/** So that all of them can be listed, and read for each question about rights. */
const mostRoles = 500

async function requireRoom(tx: EntityManager): Promise<void> {
  if ((await tx.count(roleTable)) < mostRoles) return
  throw new AppError('BAD_USER_INPUT', {
    message: `There are at most ${mostRoles} roles. Remove one that nobody has.`,
  })
}

async function insertRole(tx: EntityManager, { name, description }: Omit<Role, 'scopes'>): Promise<void> {
  const inserted = await tx.query<object[]>(
    `INSERT INTO roles (name, description) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name`,
    [name, description],
  )
  if (inserted.length > 0) return
  throw new AppError('BAD_USER_INPUT', {
    message: `There is a role "${name}" already.`,
    details: { field: 'name' },
  })
}

async function grant(tx: EntityManager, roleName: string, scopes: readonly string[]): Promise<void> {
  await tx.insert(
    roleScopeTable,
    scopes.map((scope) => ({ roleName, scope })),
  )
}
