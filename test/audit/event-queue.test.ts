import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createEventQueue } from '../../src/audit/event-queue.js'

function newQueue({ capacity = 3, onClosed = () => {} } = {}) {
  return createEventQueue<number>({ capacity, overflow: () => new Error('too slow'), onClosed })
}

test('a reader gets what was pushed, in order, whether it waits for it or comes later', async () => {
  const queue = newQueue()
  const first = queue.next()
  const second = queue.next()
  for (const event of [1, 2, 3]) queue.push(event)
  expect(await Promise.all([first, second, queue.next()])).toEqual(
    [1, 2, 3].map((value) => ({ done: false, value })),
  )
})

test('one event more than the capacity ends the queue: those that wait come first, then the error, once', async () => {
  const onClosed = vi.fn<() => void>()
  const queue = newQueue({ capacity: 2, onClosed })
  for (const event of [1, 2, 3, 4]) queue.push(event)
  expect(onClosed).toHaveBeenCalledTimes(1)
  expect([await queue.next(), await queue.next()]).toEqual([1, 2].map((value) => ({ done: false, value })))
  await expect(queue.next()).rejects.toThrow('too slow')
  expect(await queue.next()).toEqual({ done: true, value: undefined })
})

test('the end releases a reader that waits, and lets one that is behind read on', async () => {
  const [waiting, behind] = [newQueue(), newQueue()]
  const next = waiting.next()
  behind.push(1)
  waiting.end()
  behind.end()
  behind.push(2)
  expect(await next).toEqual({ done: true, value: undefined })
  const read: number[] = []
  for await (const event of behind) read.push(event)
  expect(read).toEqual([1])
})

test('a reader that returns is done at once, and its source is told once', async () => {
  const onClosed = vi.fn<() => void>()
  const queue = newQueue({ onClosed })
  queue.push(1)
  const pushed: number[] = []
  for await (const event of queue) {
    pushed.push(event)
    queue.push(2)
    break
  }
  queue.push(3)
  await queue.return?.()
  expect(pushed).toEqual([1])
  expect(await queue.next()).toEqual({ done: true, value: undefined })
  expect(onClosed).toHaveBeenCalledTimes(1)
})

test('a reader that throws into it gets its error back, and the end after it', async () => {
  const queue = newQueue()
  const waiting = queue.next()
  await expect(queue.throw?.(new Error('gone'))).rejects.toThrow('gone')
  expect((await waiting).done).toBe(true)
})

test('whatever the order of pushes and reads, a reader gets a prefix of what was pushed', async () => {
  const steps = fc.array(fc.constantFrom('push', 'read'), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 5 }), async (program, capacity) => {
      const queue = newQueue({ capacity })
      const reads: Promise<IteratorResult<number, undefined>>[] = []
      let pushed = 0
      for (const step of program) {
        if (step === 'push') queue.push((pushed += 1))
        else reads.push(queue.next().catch(() => ({ done: true as const, value: undefined })))
      }
      queue.end()
      const values = (await Promise.all(reads)).flatMap(({ value }) => (value === undefined ? [] : [value]))
      expect(values).toEqual(values.map((_, place) => place + 1))
      expect(values.length).toBeLessThanOrEqual(pushed)
    }),
  )
})
