import autocannon from 'autocannon'

/** What one connection after another sends for so long. */
export type Load = {
  readonly url: string
  readonly token: string
  /** One for each connection. */
  readonly bodies: readonly string[]
  /** How long each answer is. */
  readonly characters: number
  readonly seconds: number
}

export type Loaded = {
  readonly requests: number
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Errors, time-outs, other statuses than 200, answers of another length. */
  readonly faults: number
}

async function run({ url, token, bodies, characters, seconds }: Load): Promise<Loaded> {
  let opened = 0
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    connections: bodies.length,
    duration: seconds,
    verifyBody: (body) => body !== undefined && String(body).length === characters,
    setupClient: (client) => client.setBody(bodies[opened++ % bodies.length] ?? ''),
  })
  const { latency, errors, timeouts, non2xx, mismatches } = result
  const requests = result['2xx']
  return {
    requests,
    requestsPerSecond: requests / result.duration,
    p50: latency.p50,
    p99: latency.p99,
    faults: errors + timeouts + non2xx + mismatches,
  }
}

process.on('message', async (load: Load) => {
  process.send?.(await run(load))
})
process.on('disconnect', () => process.exit())
