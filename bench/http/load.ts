import autocannon from 'autocannon'

export type Request = { readonly headers: Readonly<Record<string, string>>; readonly body: string }

export type Load = {
  readonly url: string
  /** What each connection sends, over and over. */
  readonly requests: readonly Request[]
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

async function run({ url, requests, characters, seconds }: Load): Promise<Loaded> {
  let opened = 0
  const result = await autocannon({
    url,
    method: 'POST',
    connections: requests.length,
    duration: seconds,
    verifyBody: (body) => body !== undefined && String(body).length === characters,
    setupClient: (client) => {
      const request = requests[opened++ % requests.length]
      client.setHeaders({ ...request?.headers })
      client.setBody(request?.body ?? '')
    },
  })
  const { latency, errors, timeouts, non2xx, mismatches } = result
  const answered = result['2xx']
  return {
    requests: answered,
    requestsPerSecond: answered / result.duration,
    p50: latency.p50,
    p99: latency.p99,
    faults: errors + timeouts + non2xx + mismatches,
  }
}

process.on('message', async (load: Load) => {
  process.send?.(await run(load))
})
process.on('disconnect', () => process.exit())
