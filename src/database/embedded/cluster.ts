import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { lchown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { DatabaseError } from '../error.js'
import type { Account } from './account.js'
import type { Binaries } from './binaries.js'

/** A database cluster on disk: the directory of Postgres, and beside it the password of its superuser. */
export type Cluster = { directory: string; passwordFile: string }

/** Postgres settings by name, as in postgresql.conf. */
export type Settings = Readonly<Record<string, string>>

export const superuser = 'fieldgate'

/** No variable of the caller's environment (PGPORT, LANG, TZ) may change what the programs do. */
export const programEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const run = promisify(execFile)

export function clusterIn(place: string): Cluster {
  return { directory: join(place, 'cluster'), passwordFile: join(place, 'password') }
}

/**
 * How a Postgres program that runs in its data directory is told of it. Root starts the program there and lends it an
 * account that may have no way through the directories above (a home of mode 0700). None is needed: the directory is
 * changed before the user, and /proc/self/cwd leads back to it by no path at all.
 */
export function ownDirectory(cluster: Cluster): string {
  return process.getuid?.() === 0 ? '/proc/self/cwd' : cluster.directory
}

export async function clusterExists(cluster: Cluster): Promise<boolean> {
  return stat(join(cluster.directory, 'PG_VERSION')).then(() => true, falseWhenMissing)
}

export async function readPassword(cluster: Cluster): Promise<string> {
  try {
    return await readFile(cluster.passwordFile, 'utf8')
  } catch (cause) {
    throw new DatabaseError(
      `The password of the database in ${cluster.directory} is gone: ${cluster.passwordFile} cannot be read. Restore that file.`,
      { cause },
    )
  }
}

/**
 * Creates a cluster in `place`, with a random password for its superuser. It is made beside the place and renamed when
 * it is whole, so that an interrupted attempt leaves nothing that could be taken for a cluster.
 */
export async function createCluster(
  place: string,
  { binaries, account, settings }: { binaries: Binaries; account: Account; settings: Settings },
): Promise<void> {
  await refuseOccupied(place)
  await removeUnfinished(place)
  // A name of its own: the initdb of a start that was killed may still be writing to the last one.
  const unfinished = await mkdtemp(`${place}.unfinished-`)
  const cluster = clusterIn(unfinished)
  await mkdir(cluster.directory, { mode: 0o700 })
  await writeFile(cluster.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
  await giveTo(account, unfinished)
  const pgdata = ownDirectory(cluster)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = [`--username=${superuser}`, `--pwfile=${pgdata}/../password`, '--auth=scram-sha-256']
  const sync = settings['fsync'] === 'off' ? ['--no-sync'] : []
  try {
    await run(binaries.initdb, [`--pgdata=${pgdata}`, ...locale, ...access, ...sync], {
      ...account,
      cwd: cluster.directory,
      env: programEnvironment,
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DatabaseError(`Cannot create the database cluster in ${place}: ${reason.trim()}`, { cause })
  }
  await rename(unfinished, place)
}

/** Hands `path` and everything below it to the account that Postgres runs as, unless it has it already. */
export async function giveTo({ uid, gid }: Account, path: string): Promise<void> {
  if (uid === undefined || gid === undefined || (await stat(path)).uid === uid) return
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), uid, gid)
  }
  await lchown(path, uid, gid) // last, so that an interrupted walk is repeated
}

async function removeUnfinished(place: string): Promise<void> {
  for (const name of await readdir(dirname(place))) {
    if (!name.startsWith(`${basename(place)}.unfinished-`)) continue
    await rm(join(dirname(place), name), { recursive: true, force: true, maxRetries: 10 })
  }
}

async function refuseOccupied(place: string): Promise<void> {
  const entries = await readdir(place).catch((error) => falseWhenMissing(error) || [])
  if (entries.length === 0) return
  throw new DatabaseError(
    `${place} holds something that is not a database cluster of Fieldgate (${entries.slice(0, 3).join(', ')}). ` +
      'Move it away, or set DATA_DIR to another directory.',
  )
}

function falseWhenMissing(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
  throw error
}
