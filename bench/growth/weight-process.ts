import { cpuSince } from '../measure.js'
import { openDoor } from './door.js'
import { protectShape } from './shape.js'

// A process for one number: what was there before would weigh too.
const [kind, text] = process.argv.slice(2)
const size = Number(text)

const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

if (kind === 'schema') protectShape(50) // so that only what grows is measured, and not the loading of code
const before = { heap: heap(), cpu: process.cpuUsage() }
const kept = kind === 'schema' ? protectShape(size) : await openDoor({ revocations: size })
const milliseconds = cpuSince(before.cpu) / 1000
process.send?.({ milliseconds, bytes: heap() - before.heap })
if ('stop' in kept) await kept.stop()
process.disconnect?.()
