import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from './cluster.js'
import { isAlive, isPostgres, processStart, stopProcess } from './process.js'

const pollMs = 20
const zombieMs = 10_000

/**
 * Stops the Postgres that a Fieldgate killed with -9 left running on this cluster. Only for the holder of the data
 * directory's claim: nobody else then has a right to that server.
 */
export async function stopOrphan(cluster: Cluster, report: (line: string) => void): Promise<void> {
  const pidFile = join(cluster.directory, 'postmaster.pid')
  const pid = await readPid(pidFile)
  if (pid === null || !isAlive(pid)) return
  // Postgres takes a zombie's lock file for that of a living server, and process 1 reaps as late as it likes.
  if (processStart(pid) === null) return void (await poll(() => !isAlive(pid), zombieMs))
  // After a restart of the machine or the container, the number belongs to somebody else.
  if (!isPostgres(pid, cluster.directory)) return rm(pidFile, { force: true })

  report(`Stopping the Postgres (process ${pid}) that an earlier start left behind ...`)
  const isGone = async () => !isAlive(pid) || (await readPid(pidFile)) !== pid
  await stopProcess(pid, (ms) => poll(isGone, ms))
}

async function readPid(pidFile: string): Promise<number | null> {
  const text = await readFile(pidFile, 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return pid > 0 ? pid : null
}

/** No child of this process, so that no event tells of its end. */
async function poll(condition: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (performance.now() < deadline) {
    if (await condition()) return true
    await delay(pollMs)
  }
  return false
}
