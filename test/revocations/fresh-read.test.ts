import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFreshRead } from '../../src/revocations/fresh-read.js'
import { deferred } from '../support/deferred.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Reads that the test answers, in the order in which they began. */
function createReads() {
  const begun: ReturnType<typeof deferred<void>>[] = []
  const freshRead = createFreshRead({
    read: async () => {
      const answer = deferred<void>()
      begun.push(answer)
      await answer.promise
    },
    deadlineMs: 1000,
    monotonicNow: () => performance.now(),
  })
  return { begun, freshRead }
}

test('All who ask while one read runs share the next one, which begins after they asked', async () => {
  const { begun, freshRead } = createReads()
  const first = freshRead()
  const [second, third] = [freshRead(), freshRead()]
  expect(begun).toHaveLength(1)

  begun[0]?.resolve()
  expect(await first).toBe('fresh')
  await vi.advanceTimersByTimeAsync(0)
  expect(begun).toHaveLength(2)
  begun[1]?.resolve()
  expect(await Promise.all([second, third])).toEqual(['fresh', 'fresh'])
  expect(begun).toHaveLength(2)
})

test('A read that fails says so to those who wait for it, and the next one is tried', async () => {
  const { begun, freshRead } = createReads()
  const first = freshRead()
  begun[0]?.reject(new Error('refused'))
  expect(await first).toBe('failed')
  const second = freshRead()
  begun[1]?.resolve()
  expect(await second).toBe('fresh')
})

test('After the deadline nobody waits, neither those who wait already nor those who come', async () => {
  const { begun, freshRead } = createReads()
  const first = freshRead()
  const second = freshRead()
  await vi.advanceTimersByTimeAsync(1000)
  expect(await Promise.all([first, second])).toEqual(['late', 'late'])
  expect(await freshRead()).toBe('late')
  expect(begun).toHaveLength(1)
})

test('When an overdue read comes back after all, reads go on', async () => {
  const { begun, freshRead } = createReads()
  const first = freshRead()
  await vi.advanceTimersByTimeAsync(1000)
  expect(await first).toBe('late')
  begun[0]?.resolve()
  await vi.advanceTimersByTimeAsync(0)
  const second = freshRead()
  begun[1]?.resolve()
  expect(await second).toBe('fresh')
})
