import type { EntityManager } from 'typeorm'
import { isInitialGrant, type ScopeRegistry, seededRoles } from './role.js'
import { roleScopeTable, roleTable, scopeTable } from './role-table.js'

/**
 * Makes the roles and the initial grants that this database has not met. What an operator took from a
 * role stays taken: a scope is granted only when it is new. Replicas that start at once do it once.
 */
export async function seedRoles(db: EntityManager, registry: ScopeRegistry): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('fieldgate:seed-roles'))`)
    await insertMissingRoles(tx)
    const newScopes = await insertMissingScopes(tx, Object.keys(registry))
    const roles = await tx.find(roleTable)
    const grants = newScopes.flatMap((scope) => {
      const definition = registry[scope]
      return roles
        .filter(({ name }) => definition !== undefined && isInitialGrant(name, definition))
        .map(({ name }) => ({ roleName: name, scope }))
    })
    await tx.insert(roleScopeTable, grants)
  })
}

async function insertMissingRoles(tx: EntityManager): Promise<void> {
  const known = new Set((await tx.find(roleTable)).map(({ name }) => name))
  const missing = Object.entries(seededRoles).filter(([name]) => !known.has(name))
  await tx.insert(
    roleTable,
    missing.map(([name, description]) => ({ name, description })),
  )
}

async function insertMissingScopes(tx: EntityManager, scopes: readonly string[]): Promise<string[]> {
  const known = new Set((await tx.find(scopeTable)).map(({ name }) => name))
  const missing = scopes.filter((scope) => !known.has(scope))
  await tx.insert(
    scopeTable,
    missing.map((name) => ({ name })),
  )
  return missing
}
