import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AppError } from '../../src/errors.js'
import { createWorkLimit } from '../../src/passwords/work-limit.js'

/** Tasks that end when told to. */
const createGate = () => {
  const open: (() => void)[] = []
  let running = 0
  let most = 0
  const task = async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise<void>((resolve) => open.push(resolve))
    running -= 1
  }
  return { task, finishOne: () => open.shift()?.(), running: () => running, most: () => most }
}

/** One task at a time, all of them the server's own. */
const createLimit = ({ queueLimit }: { queueLimit: number }) => {
  const limited = createWorkLimit({ concurrency: 1, queueLimit, queueShare: 1, retryAfterSeconds: 1 })
  return <T>(task: () => Promise<T>, signal?: AbortSignal) => limited(task, { from: null, signal })
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('work limit', () => {
  test('tasks beyond the bound wait, and start in the order they came', async () => {
    const limited = createLimit({ queueLimit: 10 })
    const gate = createGate()
    const order: number[] = []
    const all = [1, 2, 3].map((n) => limited(gate.task).then(() => order.push(n)))
    for (let n = 0; n < 3; n += 1) {
      await settle()
      expect(gate.running()).toBe(1)
      gate.finishOne()
    }
    await Promise.all(all)
    expect(order).toEqual([1, 2, 3])
  })

  test('a task that throws gives its turn to the next', async () => {
    const limited = createLimit({ queueLimit: 10 })
    const failing = limited(async () => {
      throw new Error('boom')
    })
    const next = limited(async () => 'ran')
    await expect(failing).rejects.toThrow('boom')
    expect(await next).toBe('ran')
  })

  test('who abandons the request leaves the queue and never runs', async () => {
    const limited = createLimit({ queueLimit: 1 })
    const gate = createGate()
    const first = limited(gate.task)
    const abandoned = new AbortController()
    let ran = false
    const waiting = limited(async () => {
      ran = true
    }, abandoned.signal)
    abandoned.abort(new Error('client went away'))
    await expect(waiting).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      cause: { message: 'client went away' },
    })
    const successor = limited(async () => 'took the free place')
    gate.finishOne()
    await first
    expect(await successor).toBe('took the free place')
    expect(ran).toBe(false)
  })

  test('who is already gone does not enter', async () => {
    const limited = createLimit({ queueLimit: 1 })
    const gone = AbortSignal.abort(new Error('gone'))
    await expect(limited(async () => 'ran', gone)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(await limited(async () => 'ran')).toBe('ran')
  })

  test('an abort after the start changes nothing', async () => {
    const limited = createLimit({ queueLimit: 1 })
    const controller = new AbortController()
    const gate = createGate()
    const first = limited(gate.task)
    const second = limited(gate.task, controller.signal)
    await settle()
    gate.finishOne()
    await first
    await settle()
    controller.abort()
    gate.finishOne()
    await expect(second).resolves.toBeUndefined()
  })

  test('who has its share of the places is refused alone, until one of them is free', async () => {
    const limited = createWorkLimit({ concurrency: 1, queueLimit: 10, queueShare: 2, retryAfterSeconds: 1 })
    const gate = createGate()
    const hurried = new AbortController()
    const arrive = (from: string | null, signal?: AbortSignal) =>
      limited(gate.task, { from, signal }).then(
        () => 'ran',
        ({ code }: AppError) => code,
      )
    const outcomes = [arrive('greedy'), arrive('greedy'), arrive('greedy', hurried.signal)]
    expect(await arrive('greedy')).toBe('RATE_LIMITED')
    outcomes.push(arrive('modest'), arrive(null), arrive(null), arrive(null))
    hurried.abort()
    outcomes.push(arrive('greedy'))
    expect(await arrive('greedy')).toBe('RATE_LIMITED')
    for (let left = 7; left > 0; left -= 1) {
      gate.finishOne()
      await settle()
    }
    const ran = Array.from({ length: 7 }, () => 'ran')
    expect((await Promise.all(outcomes)).toSorted()).toEqual(['RATE_LIMITED', ...ran])
  })

  test('under any order of arrivals, departures and completions the bounds hold and every turn is returned', async () => {
    const step = fc.constantFrom('arrive', 'arrive', 'arrive of one', 'arrive of one', 'finish', 'abandon')
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 40 }),
        async (concurrency, queueLimit, queueShare, steps) => {
          const limited = createWorkLimit({ concurrency, queueLimit, queueShare, retryAfterSeconds: 1 })
          const gate = createGate()
          const controllers: AbortController[] = []
          const outcomes: Promise<unknown>[] = []
          for (const action of steps) {
            if (action === 'finish') gate.finishOne()
            if (action === 'abandon') controllers.pop()?.abort()
            if (action.startsWith('arrive')) {
              const from = action === 'arrive' ? null : 'one'
              const controller = new AbortController()
              controllers.push(controller)
              outcomes.push(
                limited(gate.task, { from, signal: controller.signal }).catch((error: unknown) => error),
              )
            }
            await settle()
          }
          while (gate.running() > 0) {
            gate.finishOne()
            await settle()
          }
          await Promise.all(outcomes)
          expect(gate.most()).toBeLessThanOrEqual(concurrency)

          const own = { from: null }
          const everyPlace = Array.from({ length: concurrency + queueLimit }, () =>
            limited(async () => 'ran', own),
          )
          await expect(limited(async () => 'ran', own)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
          expect(new Set(await Promise.all(everyPlace))).toEqual(new Set(['ran']))

          const ofOne = Array.from({ length: concurrency + Math.min(queueLimit, queueShare) }, () =>
            limited(async () => 'ran', { from: 'one' }),
          )
          await expect(limited(async () => 'ran', { from: 'one' })).rejects.toMatchObject({
            code: 'RATE_LIMITED',
          })
          expect(new Set(await Promise.all(ofOne))).toEqual(new Set(['ran']))
        },
      ),
      { numRuns: 200 },
    )
  })
})
