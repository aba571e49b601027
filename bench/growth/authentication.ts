import { type Door, openDoor, requestWith, scopesOf } from './door.js'
import { lapsOf } from './laps.js'
import type { Series } from './series.js'

const revocationCounts = [100, 1000, 10_000, 100_000]
/** A token with more is longer than the verifier takes. */
const scopeCounts = [1, 10, 100, 300]

/** A known token, or one that is verified anew each time. */
function asking(door: Door, scopes: number, token: 'known' | 'new') {
  const source = requestWith(door.issue(scopesOf(scopes)))
  return (times: number) => {
    for (let left = times; left > 0; left--) {
      if (token === 'new') door.forgetVerified()
      const answer = door.authenticate(source)
      if (answer === null || answer instanceof Promise || 'error' in answer)
        throw new Error('It was refused.')
    }
  }
}

/** What it costs to say who is calling, against what a replica remembers and what a token says. */
export async function growthOfAuthentication(rounds: number): Promise<readonly Series[]> {
  const doors: { size: number; door: Door }[] = []
  for (const revocations of revocationCounts)
    doors.push({ size: revocations, door: await openDoor({ revocations }) })
  const [first] = doors
  if (first === undefined) throw new Error('There are sizes.')
  const bySize = (token: 'known' | 'new') =>
    lapsOf(
      doors.map(({ size, door }) => ({ size, run: asking(door, 8, token) })),
      rounds,
    )
  const byScopes = (token: 'known' | 'new') =>
    lapsOf(
      scopeCounts.map((size) => ({ size, run: asking(first.door, size, token) })),
      rounds,
    )
  const unit = 'us of CPU'
  const series: Series[] = [
    {
      dimension: 'revocations in memory',
      subject: 'a known token',
      unit,
      expected: 'flat',
      points: await bySize('known'),
    },
    {
      dimension: 'revocations in memory',
      subject: 'a new token',
      unit,
      expected: 'flat',
      points: await bySize('new'),
    },
    {
      dimension: 'scopes of the token',
      subject: 'a known token',
      unit,
      expected: 'linear',
      points: await byScopes('known'),
    },
    {
      dimension: 'scopes of the token',
      subject: 'a new token',
      unit,
      expected: 'linear',
      points: await byScopes('new'),
    },
  ]
  for (const { door } of doors) await door.stop()
  return series
}
