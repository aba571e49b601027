import { readdir, readFile } from 'node:fs/promises'

/** Stops every process of a Postgres of one's own where it stands. Returns what lets them go on. */
export async function freezePostgres({ pid }: { pid: number }): Promise<() => void> {
  signal(pid, 'SIGSTOP') // first, so that it has no more children
  const pids = [...(await childrenOf(pid)), pid]
  for (const each of pids) signal(each, 'SIGSTOP')
  return () => pids.forEach((each) => signal(each, 'SIGCONT'))
}

/** A process that is gone needs no signal. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = await Promise.all(pids.map(async (pid) => ({ pid, parent: await parentOf(pid) })))
  return parents.filter((entry) => entry.parent === parent).map(({ pid }) => pid)
}

/** proc(5): pid (comm) state ppid ...; the name may hold spaces and brackets. Null for a process that is gone. */
async function parentOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2])
}
