import { createTape, type Tape } from '../authorization/properties/tape.js'

/** As many choices as anybody draws, all from one seed (mulberry32). */
export function tapeOf(seed: number): Tape {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return createTape(Array.from({ length: 5000 }, next))
}
