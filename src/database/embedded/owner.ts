import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseError } from '../error.js'
import { processStart } from './process.js'

type Owner = { pid: number; started: string | null }

/**
 * Claims the data directory for this process and returns what gives it back. The claim of a process that is gone, by
 * `kill -9` for instance, is taken over.
 *
 * @throws DatabaseError while a living process holds it
 */
export function claimDirectory(dataDir: string): () => void {
  const file = ownerFile(dataDir)
  const mine = `${file}.${process.pid}`
  const me: Owner = { pid: process.pid, started: processStart(process.pid) }
  writeFileSync(mine, JSON.stringify(me), { mode: 0o600 })
  try {
    // A link, unlike a write, is there whole or not at all, and fails when the name is taken.
    while (!linked(mine, file)) discardAbandonedClaim(dataDir)
  } finally {
    rmSync(mine)
  }
  return () => rmSync(file, { force: true })
}

function discardAbandonedClaim(dataDir: string): void {
  refuseLivingOwner(dataDir, readOwner(ownerFile(dataDir)))
  const aside = `${ownerFile(dataDir)}.${process.pid}.abandoned`
  try {
    renameSync(ownerFile(dataDir), aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return // another start has discarded it
    throw error
  }
  // Between the look and the move another start may have discarded the old claim and made its own: that one counts.
  const moved = readOwner(aside)
  if (moved !== null && isLiving(moved)) linked(aside, ownerFile(dataDir))
  rmSync(aside)
  refuseLivingOwner(dataDir, moved)
}

function refuseLivingOwner(dataDir: string, owner: Owner | null): void {
  if (owner === null || !isLiving(owner)) return
  throw new DatabaseError(
    `Another Fieldgate (process ${owner.pid}) already uses ${dataDir}. ` +
      'Stop it, or set DATA_DIR to another directory, or share a Postgres server by DATABASE_URL.',
  )
}

function isLiving(owner: Owner): boolean {
  return owner.started !== null && processStart(owner.pid) === owner.started
}

function readOwner(file: string): Owner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return null
    throw error
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

function ownerFile(dataDir: string): string {
  return join(dataDir, 'postgres.owner')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
