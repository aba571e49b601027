import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAlarm } from '../../src/revocations/alarm.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function timeOf(pause: Promise<void>): Promise<number> {
  const start = performance.now()
  const end = pause.then(() => performance.now())
  await vi.advanceTimersByTimeAsync(1000)
  return (await end) - start
}

test('A pause lasts as long as it is to', async () => {
  expect(await timeOf(createAlarm().pause(500))).toBe(500)
})

test('A ring cuts a pause short, and only that one', async () => {
  const alarm = createAlarm()
  setTimeout(alarm.ring, 100)
  expect(await timeOf(alarm.pause(500))).toBe(100)
  expect(await timeOf(alarm.pause(500))).toBe(500)
})

test('A ring that comes before a pause is not lost', async () => {
  const alarm = createAlarm()
  alarm.ring()
  expect(await timeOf(alarm.pause(500))).toBe(0)
  expect(await timeOf(alarm.pause(500))).toBe(500)
})
