import { expect, test } from 'vitest'
import { type CleanupDependencies, createCleanup } from '../../src/domains/cleanup.js'
import { deferred } from '../support/deferred.js'

type Removal = CleanupDependencies['removals'][number]

function startCleanup(...removals: Removal[]) {
  const timer = createFakeTimer()
  const failures: unknown[] = []
  const onFailure = (error: unknown) => void failures.push(error)
  const cleanup = createCleanup({
    removals,
    batchSize: 2,
    everySeconds: 60,
    schedule: timer.schedule,
    onFailure,
  })
  return { timer, failures, cleanup, started: cleanup.start() }
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
  const { timer, started } = startCleanup(one.remove, other.remove)
  await started
  expect(timer.waits).toEqual([60])
  await timer.fire()
  expect([one.sizes, other.sizes]).toEqual([
    [2, 2, 1],
    [2, 0],
  ])
  one.add(1)
  await timer.fire()
  expect(one.sizes).toEqual([2, 2, 1, 1])
})

test('tells of a failure, and goes on with the rest and the next time', async () => {
  const fault = new Error('no such table')
  const other = heap(1)
  const { timer, failures, started } = startCleanup(() => Promise.reject(fault), other.remove)
  await started
  await timer.fire()
  await timer.fire()
  expect(failures).toEqual([fault, fault])
  expect(other.sizes).toEqual([1, 0])
})

test('stopping waits for the batch that runs; it is the last', async () => {
  const running = deferred<number>()
  let batches = 0
  const { timer, cleanup, started } = startCleanup(() => {
    batches += 1
    return running.promise
  })
  await started
  timer.start()
  let stopped = false
  const stopping = cleanup.stop().then(() => (stopped = true))
  await Promise.resolve()
  expect(stopped).toBe(false)
  running.resolve(2)
  await stopping
  expect(batches).toBe(1)
  expect(timer.pending()).toBe(false)
})

test('stopped before its first time it does nothing', async () => {
  const one = heap(5)
  const { timer, cleanup, started } = startCleanup(one.remove)
  await started
  await cleanup.stop()
  expect(timer.pending()).toBe(false)
  expect(one.sizes).toEqual([])
})

function createFakeTimer() {
  const waits: number[] = []
  let work: (() => void) | null = null
  let onSchedule: (() => void) | null = null

  const schedule: CleanupDependencies['schedule'] = (next, afterSeconds) => {
    waits.push(afterSeconds)
    work = next
    onSchedule?.()
    return () => {
      work = null
    }
  }

  function start(): void {
    const due = work
    work = null
    due?.()
  }

  return {
    waits,
    schedule,
    start,
    pending: () => work !== null,
    /** Lets the time pass, and waits until the next run is scheduled. */
    fire(): Promise<void> {
      return new Promise((resolve) => {
        onSchedule = resolve
        start()
      })
    },
  }
}
