import DataLoader from 'dataloader'
import { type EntityManager, In } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import { AppError } from '../errors.js'
import { administratorRole, requireWithinReach, type Role, rolesBeyond, type ScopeRegistry } from './role.js'
import { roleScopeTable, roleTable, userRoleTable } from './role-table.js'

export type RoleServiceDependencies = {
  db: EntityManager
  registry: ScopeRegistry
  /** The scopes, and all that they imply. */
  expandScopes(scopes: readonly string[]): ReadonlySet<string>
  recordAudit(tx: EntityManager, event: RoleAuditEvent): Promise<void>
  /** The end of the log of revocations, as an SQL expression. */
  revocationsAsOfSql: string
  /** Resolves when no replica accepts what the transactions before have revoked. */
  revocationsSettled(): Promise<void>
}

/** What the roles of a user give, as granted, sorted, and the place in the log of revocations as of which they do. */
export type Rights = { scopes: readonly string[]; asOf: number }

/** What roles tell the audit log, in the transaction of what it tells of. */
export type RoleAuditEvent = Actor & {
  action: 'roles.assigned'
  subjectId: string
  result: 'success'
  details: { given: readonly string[]; taken: readonly string[] }
}

export type RoleService = ReturnType<typeof createRoleService>

export function createRoleService(deps: RoleServiceDependencies) {
  const { db, registry, expandScopes } = deps

  // Batches what one turn of the event loop asks for; keeps nothing, so that no answer is ever old.
  const rolesByUser = new DataLoader((userIds: readonly string[]) => loadRolesOfUsers(userIds), {
    cache: false,
    maxBatchSize: 1000,
  })

  async function listRoles(manager = db): Promise<Role[]> {
    const [roles, grants] = await Promise.all([
      manager.find(roleTable, { order: { name: 'ASC' } }),
      manager.find(roleScopeTable, { order: { scope: 'ASC' } }),
    ])
    const scopesByRole = new Map(roles.map(({ name }): [string, string[]] => [name, []]))
    for (const { roleName, scope } of grants) {
      // A scope that no domain of this build knows grants nothing.
      if (Object.hasOwn(registry, scope)) scopesByRole.get(roleName)?.push(scope)
    }
    return roles.map((role) => ({ ...role, scopes: scopesByRole.get(role.name) ?? [] }))
  }

  async function loadRolesOfUsers(userIds: readonly string[]): Promise<Role[][]> {
    const [roles, assignments] = await Promise.all([
      listRoles(),
      db.find(userRoleTable, { where: { userId: In([...userIds]) } }),
    ])
    const namesByUser = new Map(userIds.map((userId) => [userId, new Set<string>()]))
    for (const { userId, roleName } of assignments) namesByUser.get(userId)?.add(roleName)
    return userIds.map((userId) => roles.filter(({ name }) => namesByUser.get(userId)?.has(name)))
  }

  async function requireRoles(names: readonly string[], manager = db): Promise<Role[]> {
    const roles = await listRoles(manager)
    const unknown = names.filter((name) => !roles.some((role) => role.name === name))
    if (unknown.length > 0) {
      throw new AppError('BAD_USER_INPUT', {
        message: `There is no role ${JSON.stringify(unknown[0]?.slice(0, 50))}. The query "roles" lists them.`,
        details: { field: 'roles' },
      })
    }
    return roles.filter(({ name }) => names.includes(name))
  }

  /**
   * Runs a change that may take away an administrator, alone: two administrators who remove each other
   * at once take turns, and the second is refused.
   * @throws AppError BAD_USER_INPUT where no enabled administrator is left; nothing is changed then
   */
  function keepingAnAdministrator<T>(change: (tx: EntityManager) => Promise<T>): Promise<T> {
    return db.transaction(async (tx) => {
      await tx.query(`SELECT FROM roles WHERE name = $1 FOR UPDATE`, [administratorRole])
      const result = await change(tx)
      await requireAnAdministrator(tx)
      return result
    })
  }

  return {
    listRoles,
    requireRoles,
    keepingAnAdministrator,
    rolesOfUser: (userId: string): Promise<Role[]> => rolesByUser.load(userId),

    /** null for a user who is disabled or gone. One statement: what is lost after its snapshot is after its place. */
    async rightsOfUser(tx: EntityManager, userId: string): Promise<Rights | null> {
      const rows = await tx.query<{ scope: string | null; asOf: string }[]>(
        `SELECT DISTINCT role_scopes.scope, ${deps.revocationsAsOfSql} AS "asOf"
         FROM users
         LEFT JOIN user_roles ON user_roles.user_id = users.id
         LEFT JOIN role_scopes ON role_scopes.role_name = user_roles.role_name
         WHERE users.id = $1 AND users.disabled_at IS NULL`,
        [userId],
      )
      const [first] = rows
      if (first === undefined) return null
      const scopes = rows.map(({ scope }) => scope).filter((scope) => scope !== null)
      return {
        scopes: scopes.filter((scope) => Object.hasOwn(registry, scope)).toSorted(),
        asOf: Number(first.asOf),
      }
    },

    /** The first roles of a new user. @throws AppError BAD_USER_INPUT, and FORBIDDEN by requireWithinReach */
    async requireAssignable(names: readonly string[], callerScopes: readonly string[]): Promise<void> {
      requireWithinReach(withImplied(await requireRoles(names)), expandScopes(callerScopes))
    },

    /**
     * Whoever lacks scopes of a user has no say over that user.
     * @throws AppError FORBIDDEN that names no role: to have a say over users is not to read their roles
     */
    async requireReach(tx: EntityManager, userId: string, callerScopes: readonly string[]): Promise<void> {
      const names = (await tx.findBy(userRoleTable, { userId })).map(({ roleName }) => roleName)
      const roles = withImplied(await requireRoles(names, tx))
      if (rolesBeyond(expandScopes(callerScopes), roles).length === 0) return
      throw new AppError('FORBIDDEN', { message: 'This user has rights that you lack.' })
    },

    /** `callerScopes`: null for the server itself. @throws AppError BAD_USER_INPUT, and FORBIDDEN by requireWithinReach */
    async assignRoles(
      tx: EntityManager,
      userId: string,
      { roles: names, callerScopes }: { roles: readonly string[]; callerScopes: readonly string[] | null },
    ): Promise<void> {
      await holdRoles(tx, names)
      const roles = await requireRoles(names, tx)
      if (callerScopes !== null) requireWithinReach(withImplied(roles), expandScopes(callerScopes))
      await tx.insert(
        userRoleTable,
        [...new Set(names)].map((roleName) => ({ userId, roleName })),
      )
    },

    /**
     * Gives a user exactly these roles. Roles that stay need not be within the caller's reach.
     * @throws AppError BAD_USER_INPUT (unknown role, last administrator), FORBIDDEN by requireWithinReach
     */
    async setRoles(
      { userId, names }: { userId: string; names: readonly string[] },
      { callerScopes }: { callerScopes: readonly string[] },
      by: Actor,
    ): Promise<void> {
      await keepingAnAdministrator(async (tx) => {
        const current = (await tx.findBy(userRoleTable, { userId })).map(({ roleName }) => roleName)
        await holdRoles(tx, [...names, ...current])
        const wanted = (await requireRoles(names, tx)).map(({ name }) => name)
        const given = wanted.filter((name) => !current.includes(name))
        const taken = current.filter((name) => !wanted.includes(name))
        const changed = await requireRoles([...given, ...taken], tx)
        requireWithinReach(withImplied(changed), expandScopes(callerScopes))
        await replaceRoles(tx, userId, { given, taken })
        const details = { given, taken }
        await deps.recordAudit(tx, {
          ...by,
          action: 'roles.assigned',
          subjectId: userId,
          result: 'success',
          details,
        })
      })
      await deps.revocationsSettled()
    },
  }

  function withImplied(roles: readonly Role[]): Role[] {
    return roles.map((role) => ({ ...role, scopes: [...expandScopes(role.scopes)] }))
  }

  async function requireAnAdministrator(tx: EntityManager): Promise<void> {
    const [{ exists }] = await tx.query<[{ exists: boolean }]>(
      `SELECT EXISTS (
         SELECT FROM user_roles JOIN users ON users.id = user_roles.user_id
         WHERE user_roles.role_name = $1 AND users.disabled_at IS NULL
       )`,
      [administratorRole],
    )
    if (exists) return
    throw new AppError('BAD_USER_INPUT', {
      message: 'This is the last administrator. Give the role "admin" to somebody else first.',
    })
  }
}

/** Until the end of the transaction nobody changes or removes them. */
async function holdRoles(tx: EntityManager, names: readonly string[]): Promise<void> {
  await tx.query(`SELECT FROM roles WHERE name = ANY ($1) ORDER BY name FOR KEY SHARE`, [names])
}

async function replaceRoles(
  tx: EntityManager,
  userId: string,
  { given, taken }: { given: readonly string[]; taken: readonly string[] },
): Promise<void> {
  if (taken.length > 0) await tx.delete(userRoleTable, { userId, roleName: In(taken) })
  await tx.insert(
    userRoleTable,
    given.map((roleName) => ({ userId, roleName })),
  )
}
