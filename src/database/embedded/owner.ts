import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseError } from '../error.js'
import { processNamespace, processStart } from './process.js'

/** `namespace`: in which its number means anything. Claims of earlier versions have neither that nor an id. */
type Owner = { pid: number; started: string | null; namespace?: string; id?: string }

/** How often the file of a claim is touched, for those who cannot see the process. */
const beatMs = 1000
const missedBeats = 5

/**
 * Claims the data directory for this process and answers what gives it back. The claim of a process that is gone, by
 * `kill -9` for instance, is taken over; to see that of a process in another container takes some seconds.
 *
 * `onLost`: this process stood still for so long that another one has taken its claim for abandoned.
 *
 * @throws DatabaseError while a living process holds it
 */
export async function claimDirectory(dataDir: string, onLost: () => void = () => {}): Promise<() => void> {
  const file = ownerFile(dataDir)
  const { pid } = process
  const id = randomUUID()
  const mine = `${file}.${id}`
  const me: Owner = { pid, started: processStart(pid), namespace: processNamespace(), id }
  writeFileSync(mine, JSON.stringify(me), { mode: 0o600 })
  try {
    // A link, unlike a write, is there whole or not at all, and fails when the name is taken.
    while (!linked(mine, file)) await discardAbandonedClaim(dataDir)
  } finally {
    rmSync(mine)
  }
  const beating = setInterval(() => {
    if (beat(file, id) === 'done') return
    clearInterval(beating)
    onLost()
  }, beatMs).unref()
  return () => {
    clearInterval(beating)
    if (readOwner(file)?.id === id) rmSync(file, { force: true })
  }
}

/** What fails is tried again a second later: some failures in a row are no worse than to have stood still. */
function beat(file: string, id: string): 'done' | 'lost' {
  try {
    const owner = readOwner(file)
    if (owner !== null && owner.id !== id) return 'lost'
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    // A disk that has a fault for a moment, or a directory that is being removed.
  }
  return 'done'
}

async function discardAbandonedClaim(dataDir: string): Promise<void> {
  const file = ownerFile(dataDir)
  const seen = readOwner(file)
  if (seen !== null && (await isLiving(seen, file))) throw heldBy(seen, dataDir)
  const aside = `${file}.${randomUUID()}.abandoned`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return // another start has discarded it
    throw error
  }
  // Between the look and the move another start may have discarded the old claim and made its own: that one counts.
  const moved = readOwner(aside)
  const isAnother = JSON.stringify(moved) !== JSON.stringify(seen)
  if (isAnother) linked(aside, file)
  rmSync(aside)
  if (isAnother && moved !== null) throw heldBy(moved, dataDir)
}

function heldBy({ pid }: Owner, dataDir: string): DatabaseError {
  return new DatabaseError(
    `Another Fieldgate (process ${pid}) already uses ${dataDir}. ` +
      'Stop it, or set DATA_DIR to another directory, or share a Postgres server by DATABASE_URL.',
  )
}

async function isLiving({ pid, started, namespace }: Owner, file: string): Promise<boolean> {
  if (namespace === undefined || namespace === processNamespace()) {
    return started !== null && processStart(pid) === started
  }
  const before = touchedAt(file)
  for (let beats = 0; beats < missedBeats; beats += 1) {
    await delay(beatMs)
    const now = touchedAt(file)
    if (now === undefined) return false // given back
    if (now !== before) return true
  }
  return false
}

function touchedAt(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
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
