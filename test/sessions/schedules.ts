import type { DataSource, EntityManager, QueryRunner } from 'typeorm'

/** Runs before each SQL statement of a data source, on the connection that will run it. */
export type StatementGate = (sql: string, connection: QueryRunner) => Promise<void>

/**
 * Makes every statement of a data source pass a gate first, and not before the one that was sent before it is done: so
 * Postgres takes what is sent together. The gate's own statements pass freely.
 */
export function gateStatements(dataSource: DataSource, gate: StatementGate): void {
  const create = dataSource.createQueryRunner.bind(dataSource)
  dataSource.createQueryRunner = (mode) => {
    const connection = create(mode)
    const query = connection.query.bind(connection)
    const free = { ...connection, query } as QueryRunner
    let done: Promise<unknown> = Promise.resolve()
    connection.query = (...statement: Parameters<typeof query>) => {
      const answer = done.then(async () => {
        await gate(statement[0], free)
        return query(...statement)
      })
      done = answer.catch(() => {})
      return answer
    }
    return connection
  }
}

/** Something that runs SQL and stops before each statement until it is let go. */
export type Actor<Outcome> = { name: string; run: () => Promise<Outcome> }

type Progress = {
  state: 'running' | 'paused' | 'blocked' | 'done'
  /** The process id of its connection, as soon as it has one. */
  backend: number | null
  go: () => void
}

/**
 * Runs actors statement by statement: `choose` says which of those that stand before a statement goes next. One that
 * waits for a lock cannot be chosen until whoever holds the lock goes on.
 */
export function createScheduler(observer: EntityManager) {
  const running = new Map<string, Progress>()

  /** For gateStatements: belongs to the actor of this name. */
  function gateOf(name: string): StatementGate {
    return async (sql, connection) => {
      const progress = running.get(name)
      // Beginning reads nothing and locks nothing: its place among the steps of others makes no difference.
      if (progress === undefined || sql.startsWith('START TRANSACTION')) return
      progress.backend ??= await backendOf(connection)
      await new Promise<void>((resolve) => {
        Object.assign(progress, { state: 'paused', go: resolve })
      })
    }
  }

  async function isBlocked({ backend }: Progress): Promise<boolean> {
    const question = 'SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked'
    const [{ blocked }] = await observer.query(question, [backend])
    return blocked
  }

  /** Until the actor stands before its next statement, waits for a lock, or is done. Asking is what passes the time. */
  async function settle(progress: Progress): Promise<void> {
    if (progress.state === 'blocked') progress.state = 'running'
    while (progress.state === 'running') {
      const blocked = await isBlocked(progress)
      if (progress.state === 'running' && blocked) progress.state = 'blocked'
    }
  }

  async function runSchedule<Outcome>(
    actors: readonly Actor<Outcome>[],
    choose: Choose,
  ): Promise<PromiseSettledResult<Outcome>[]> {
    const outcomes = actors.map(({ name, run }) => {
      const progress: Progress = { state: 'running', backend: null, go: () => {} }
      running.set(name, progress)
      return run().finally(() => {
        progress.state = 'done'
      })
    })
    const results = Promise.allSettled(outcomes)
    const all = [...running.values()]
    // The one that moved last settles first: its step is what may have let another one go.
    let order = all
    for (;;) {
      for (const progress of order) await settle(progress)
      const ready = all.filter(({ state }) => state === 'paused')
      if (ready.length === 0) break
      const next = ready[choose(ready.length)]
      if (next === undefined) throw new Error('There is no such choice')
      order = [next, ...all.filter((progress) => progress !== next)]
      next.state = 'running'
      next.go()
    }
    running.clear()
    return results
  }

  return { gateOf, runSchedule }
}

async function backendOf(connection: QueryRunner): Promise<number> {
  const [{ pid }] = await connection.query('SELECT pg_backend_pid() AS pid')
  return pid
}

/** Picks one of so many, by its place. */
export type Choose = (count: number) => number

/**
 * Calls `run` once for every way to choose, depth first: the first call always takes the first of the choices, each
 * later one moves on the last choice that has another. Returns how many ways there were.
 */
export async function exploreAll(run: (choose: Choose) => Promise<void>): Promise<number> {
  let path: { taken: number; of: number }[] = []
  for (let ways = 1; ; ways++) {
    let step = 0
    await run((count) => {
      const choice = path[step] ?? { taken: 0, of: count }
      if (choice.of !== count) throw new Error('The same choices led elsewhere')
      path[step++] = choice
      return choice.taken
    })
    path = path.slice(0, path.findLastIndex(({ taken, of }) => taken + 1 < of) + 1)
    const last = path.at(-1)
    if (last === undefined) return ways
    last.taken++
  }
}
