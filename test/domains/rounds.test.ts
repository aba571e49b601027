import { expect, test } from 'vitest'
import { createRounds, type RoundsOptions } from '../../src/domains/rounds.js'
import { deferred } from '../support/deferred.js'
import { createFakeSchedule } from '../support/fake-schedule.js'

function createTestRounds(options: Partial<RoundsOptions> = {}) {
  const { schedule, ...time } = createFakeSchedule()
  const failures: unknown[] = []
  const onFailure = (error: unknown) => void failures.push(error)
  return { ...time, failures, rounds: createRounds({ everySeconds: 60, schedule, onFailure, ...options }) }
}

test('the first round comes after a pause, the next one a pause after its end', async () => {
  const { rounds, elapse, pauses, pending } = createTestRounds()
  const ends = [deferred<void>(), deferred<void>()]
  let begun = 0
  rounds.start(() => ends[begun++]?.promise ?? Promise.resolve())
  expect([begun, pauses]).toEqual([0, [60]])
  const first = elapse()
  expect([begun, pending()]).toEqual([1, 0])
  ends[0]?.resolve()
  await first
  expect([begun, pauses]).toEqual([1, [60, 60]])
})

test('a round that fails is told of, and does not keep the next one from coming', async () => {
  const { rounds, elapse, pauses, failures } = createTestRounds()
  const fault = new Error('the database is away')
  let begun = 0
  rounds.start(async () => {
    begun += 1
    if (begun === 1) throw fault
  })
  await elapse()
  await elapse()
  expect([begun, failures, pauses]).toEqual([2, [fault], [60, 60, 60]])
})

test('while rounds fail they become rarer, up to a bound, and frequent again with the first that does not', async () => {
  const { rounds, elapse, pauses } = createTestRounds({ everySeconds: 0.25, longestPauseSeconds: 15 })
  let state: 'away' | 'back' = 'away'
  rounds.start(async () => {
    if (state === 'away') throw new Error('the database is away')
  })
  for (let round = 0; round < 8; round += 1) await elapse()
  state = 'back'
  await elapse()
  expect(pauses).toEqual([0.25, 0.5, 1, 2, 4, 8, 15, 15, 15, 0.25])
})

test('stopping tells the round under way, waits for it, and is the end', async () => {
  const { rounds, elapse, pending } = createTestRounds()
  const end = deferred<void>()
  let told = false
  rounds.start((stopping) => {
    stopping.addEventListener('abort', () => (told = true))
    return end.promise
  })
  void elapse()
  let stopped = false
  const stopping = rounds.stop().then(() => (stopped = true))
  await Promise.resolve()
  expect([told, stopped]).toEqual([true, false])
  end.resolve()
  await stopping
  expect(pending()).toBe(0)
})

test('stopped before its first round, or before it was started, nothing is done', async () => {
  const { rounds, pending } = createTestRounds()
  rounds.start(async () => {})
  await rounds.stop()
  expect(pending()).toBe(0)
  rounds.start(async () => {})
  expect(pending()).toBe(0)
})
