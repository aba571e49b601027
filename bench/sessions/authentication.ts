import { setImmediate as turn } from 'node:timers/promises'
import { openDoor, requestWith, scopesOf } from '../growth/door.js'
import { cpuSince, type Spread, spreadOf } from '../measure.js'

export type AuthenticationMeasured = {
  readonly what: string
  /** Microseconds of CPU for one request. */
  readonly microseconds: Spread
}

const times = 20_000

/**
 * Says who is calling, of a token that was verified before: cookie, bearer and API key asked, revocation looked up.
 * Throws where that takes a promise or an SQL statement.
 */
export async function measureAuthentication({
  rounds,
}: {
  rounds: number
}): Promise<readonly AuthenticationMeasured[]> {
  const door = await openDoor({ revocations: 1000 })
  const tokens = Array.from({ length: 1000 }, () => door.issue(scopesOf(8)))
  // As Node makes them: each request has strings of its own, of which none has been hashed or flattened before.
  const requests = () => tokens.map((token) => requestWith(Buffer.from(token).toString('latin1')))
  const everybody = requests()
  const anonymous = { headers: {}, rawHeaders: [] }
  for (const request of everybody) await door.authenticate(request)

  const lapOf = (sources: readonly (typeof everybody)[number][]) => {
    const statements = door.statements()
    const before = process.cpuUsage()
    for (let at = 0; at < times; at++) {
      const source = sources[at % sources.length]
      const answer = source && door.authenticate(source)
      if (answer instanceof Promise) throw new Error('A known token took a promise.')
      if (source !== anonymous && !(answer && 'scopes' in answer))
        throw new Error('A known token was refused.')
    }
    const microseconds = cpuSince(before) / times
    if (door.statements() !== statements) throw new Error('A known token took an SQL statement.')
    return microseconds
  }

  const subjects = [
    { what: 'a known token', sources: () => requests(), laps: [] as number[] },
    { what: 'no credential', sources: () => [anonymous], laps: [] as number[] },
  ]
  for (let round = -3; round < rounds; round++) {
    for (const { sources, laps } of subjects) {
      const fresh = sources()
      await turn() // so that what follows the log of revocations is not starved
      const lap = lapOf(fresh)
      if (round >= 0) laps.push(lap)
    }
  }
  await door.stop()
  return subjects.map(({ what, laps }) => ({ what, microseconds: spreadOf(laps) }))
}
