import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { DatabaseError } from '../error.js'

const fastStopMs = 10_000
const immediateStopMs = 5000

/**
 * What tells a process from a later one with the same number: when it started. Null when there is none (a zombie
 * counts as none).
 */
export function processStart(pid: number): string | null {
  if (process.platform === 'linux') return linuxProcessStart(pid)
  if (!isAlive(pid)) return null
  if (process.platform === 'win32') return 'unknown'
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null // ps exits with 1 when there is no such process
  }
}

/** In which the number of a process means that process: of each container and machine, another one. pid_namespaces(7) */
export function processNamespace(): string {
  if (process.platform !== 'linux') return 'the only one'
  try {
    return `${bootId()}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return 'unknown'
  }
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

/** Alive, or a zombie that nobody has waited for yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Whether the process is a Postgres server whose data are in that directory. */
export function isPostgres(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') return linuxWorkingDirectory(pid) === cluster
  if (process.platform === 'win32') return true
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes('postgres') && command.includes(cluster)
  } catch {
    return false // ps exits with 1 when there is no such process
  }
}

function linuxProcessStart(pid: number): string | null {
  try {
    // proc(5): the name in parentheses may hold anything, so count from its end; field 3 is the state, 22 the start.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    return `${bootId()}/${fields[19]}`
  } catch {
    return null
  }
}

/** A Postgres server works in its data directory, whatever way it was named to it. */
function linuxWorkingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

/**
 * Stops a Postgres server: first letting it end its connections and write a checkpoint; then, where that takes too
 * long, at once (the next start recovers from its log). Windows knows only the second.
 *
 * @throws DatabaseError when neither helped
 */
export async function stopProcess(pid: number, goneWithin: (ms: number) => Promise<boolean>): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGINT')
  if (await goneWithin(fastStopMs)) return
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
  if (await goneWithin(immediateStopMs)) return
  throw new DatabaseError(`Postgres (process ${pid}) does not stop. End it by hand.`)
}
