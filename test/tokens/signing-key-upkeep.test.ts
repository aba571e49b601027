import { expect, test, vi } from 'vitest'
import { startSigningKeyUpkeep } from '../../src/tokens/signing-key-upkeep.js'

test('upkeep runs from time to time, never twice at once, survives a failure, and ends when the run under way has ended', async () => {
  vi.useFakeTimers()
  try {
    const errors: unknown[] = []
    const ends: (() => void)[] = []
    let runs = 0
    const maintain = async () => {
      runs += 1
      if (runs === 1) throw new Error('the database is away')
      await new Promise<void>((resolve) => ends.push(resolve))
    }
    const stop = startSigningKeyUpkeep({
      keys: { maintain },
      everySeconds: 60,
      onError: (error) => errors.push(error),
    })
    await vi.advanceTimersByTimeAsync(59_999)
    expect(runs).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(errors).toEqual([new Error('the database is away')])
    await vi.advanceTimersByTimeAsync(180_000)
    expect(runs).toBe(2)

    const stopping = stop().then(() => 'stopped')
    await vi.advanceTimersByTimeAsync(600_000)
    expect(await Promise.race([stopping, Promise.resolve('waiting')])).toBe('waiting')
    for (const end of ends) end()
    await stopping
    await vi.advanceTimersByTimeAsync(600_000)
    expect(runs).toBe(2)
  } finally {
    vi.useRealTimers()
  }
})
