import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { openDatabase } from '../../src/database/data-source.js'
import type { RevocationTiming, Standing } from '../../src/revocations/revocation.js'
import { createRevocationService } from '../../src/revocations/revocation-service.js'
import { createMonitor, silent } from './revocation-world.js'

/** How a replica is started: the one argument of this program, as JSON. */
export type ReplicaOptions = { logUrl: string; poolUrl: string; timing: RevocationTiming }

/** As a server would answer who shows the credential. */
export const statusOf: Record<Standing, number> = { ok: 200, revoked: 401, unknown: 503 }

/**
 * A replica as its own process: POST /check with a credential answers as a server does, POST /sessions/<id>/end answers
 * when the session counts nowhere any more. Tells its parent the port, and ends with it.
 */
async function run({ logUrl, poolUrl, timing }: ReplicaOptions): Promise<void> {
  const dataSource = await openDatabase({ url: poolUrl, poolSize: 10, tables: [], migrations: [] })
  const db = dataSource.manager
  const monitor = createMonitor({ url: logUrl, db, timing })
  const revocations = createRevocationService({
    db,
    leaseMs: timing.leaseMs,
    monotonicNow: () => performance.now(),
    log: silent,
  })

  async function answer(request: IncomingMessage): Promise<number> {
    if (request.url === '/check') return statusOf[await monitor.check(JSON.parse(await text(request)))]
    const [, , sessionId] = request.url?.split('/') ?? []
    await db.query(`UPDATE sessions SET ended_at = now(), end_reason = 'logout' WHERE id = $1`, [sessionId])
    await revocations.settled()
    return 204
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch(() => 500)
      .then((status) => response.writeHead(status).end())
      .catch(() => response.destroy())
  })
  // On a busy machine a look may miss the deadline of these tests, which is short.
  const start = (): Promise<void> => monitor.start().catch(start)
  await start()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  process.send?.(typeof address === 'object' ? address?.port : null)
}

process.once('disconnect', () => process.exit())
const [options] = process.argv.slice(2)
if (options !== undefined) await run(JSON.parse(options))
