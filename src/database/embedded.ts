import { access, constants, mkdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chooseAccount } from './embedded/account.js'
import { findBinaries } from './embedded/binaries.js'
import type { Settings } from './embedded/cluster.js'
import {
  clusterExists,
  clusterIn,
  createCluster,
  giveTo,
  readPassword,
  superuser,
} from './embedded/cluster.js'
import { stopOrphan } from './embedded/orphan.js'
import { claimDirectory } from './embedded/owner.js'
import { isAlive } from './embedded/process.js'
import { startServer } from './embedded/server.js'
import { DatabaseError } from './error.js'

export type EmbeddedOptions = {
  /** Holds the cluster (in `postgres/`) and its password. */
  dataDir: string
  /** Whether a cluster that is missing is made. Default: it is. */
  missing?: 'create' | 'refuse'
  /** Settings of Postgres by name, beside those that the embedding needs. */
  settings?: Settings
  /** Receives a line for each step that can take long. */
  report?: (line: string) => void
}

export type EmbeddedPostgres = {
  /** `postgres://...`, with the password. */
  url: string
  /** The server's process. */
  pid: number
  /** Ends its connections and stops it: close your own first. Answers when it is gone. */
  stop: () => Promise<void>
}

/**
 * Starts the Postgres server that npm installed, on 127.0.0.1 only, with its data under `dataDir`, which it holds until
 * `stop`. Works as an ordinary user and as root; takes over what a `kill -9` left behind.
 *
 * @throws DatabaseError when a living Fieldgate holds the directory, there is no cluster and none is to be made, or
 *   Postgres cannot run; with its last lines
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  if (options.missing === 'refuse') await requireCluster(options.dataDir)
  const dataDir = await openDirectory(options.dataDir)
  let endAtOnce = () => {}
  const release = await claimDirectory(dataDir, () => {
    options.report?.(
      `Another Fieldgate has taken ${dataDir} over, since this one stood still. Its Postgres ends here.`,
    )
    endAtOnce()
  })
  try {
    const { url, pid, stop } = await startIn(dataDir, options)
    endAtOnce = () => {
      if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
    }
    return { url, pid, stop: () => stop().finally(release) }
  } catch (error) {
    release()
    throw error
  }
}

/**
 * Removes the whole directory, the server that a `kill -9` left running in it first.
 *
 * @throws DatabaseError while a living process holds it
 */
export async function removeEmbeddedPostgres(dataDir: string): Promise<void> {
  const directory = await openDirectory(dataDir)
  const release = await claimDirectory(directory)
  await stopOrphan(clusterIn(join(directory, 'postgres')), () => {})
  await rm(directory, { recursive: true, force: true })
  release()
}

async function requireCluster(dataDir: string): Promise<void> {
  if (await clusterExists(clusterIn(join(dataDir, 'postgres')))) return
  throw new DatabaseError(
    `There is no database in ${dataDir}. Set DATA_DIR to that of the server, or DATABASE_URL.`,
  )
}

/** Its path without links, under which the system knows the server that runs in it. */
async function openDirectory(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return await realpath(dataDir)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DatabaseError(
      `Cannot use ${dataDir} for the embedded Postgres: ${reason}. Set DATA_DIR to a directory that this user may write.`,
      { cause },
    )
  }
}

async function startIn(dataDir: string, options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { settings = {}, report = () => {} } = options
  const place = join(dataDir, 'postgres')
  const cluster = clusterIn(place)
  const account = await chooseAccount(place)
  const binaries = await findBinaries(account, report)
  if (await clusterExists(cluster)) {
    await giveTo(account, place)
    await stopOrphan(cluster, report)
  } else {
    report(`Creating the database cluster in ${join(options.dataDir, 'postgres')} ...`)
    await createCluster(place, { binaries, account, settings })
  }
  const password = await readPassword(cluster)
  const server = await startServer({
    binaries,
    account,
    cluster,
    settings,
    onUnexpectedExit: (lines) => report(`The embedded Postgres has stopped by itself:\n${lines}`),
  })
  return { ...server, url: `postgres://${superuser}:${password}@127.0.0.1:${server.port}/postgres` }
}
