import { expect, test } from 'vitest'
import { createCleanup, type Removal } from '../../src/domains/cleanup.js'
import { deferred } from '../support/deferred.js'
import { createFakeSchedule } from '../support/fake-schedule.js'

async function startCleanup(...removals: Removal[]) {
  const { schedule, elapse } = createFakeSchedule()
  const failures: unknown[] = []
  const onFailure = (error: unknown) => void failures.push(error)
  const cleanup = createCleanup({ removals, batchSize: 2, everySeconds: 60, schedule, onFailure })
  await cleanup.start()
  return { elapse, failures, cleanup }
}

/** Removes from so many rows. */
function heap(count: number) {
  const sizes: number[] = []
  let left = count
  const remove: Removal = async (batchSize) => {
    const removed = Math.min(left, batchSize)
    left -= removed
    sizes.push(removed)
    return removed
  }
  return { remove, sizes, add: (more: number) => void (left += more) }
}

test('removes batch by batch until nothing is left, of everything, and again after a while', async () => {
  const [one, other] = [heap(5), heap(2)]
  const { elapse } = await startCleanup(one.remove, other.remove)
  await elapse()
  expect([one.sizes, other.sizes]).toEqual([
    [2, 2, 1],
    [2, 0],
  ])
  one.add(1)
  await elapse()
  expect(one.sizes).toEqual([2, 2, 1, 1])
})

test('tells of a failure, and goes on with the rest and the next time', async () => {
  const fault = new Error('no such table')
  const other = heap(1)
  const { elapse, failures } = await startCleanup(() => Promise.reject(fault), other.remove)
  await elapse()
  await elapse()
  expect(failures).toEqual([fault, fault])
  expect(other.sizes).toEqual([1, 0])
})

test('stopping waits for the batch that runs; it is the last', async () => {
  const running = deferred<number>()
  let batches = 0
  const { elapse, cleanup } = await startCleanup(() => {
    batches += 1
    return running.promise
  })
  void elapse()
  const stopping = cleanup.stop()
  running.resolve(2)
  await stopping
  expect(batches).toBe(1)
})
