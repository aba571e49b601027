import { compareAlternatives } from './alternatives.js'
import { costOfFlood } from './flood.js'
import {
  costOfAnalysis,
  costOfDecision,
  costOfProtection,
  costOfProtectionCompiled,
  costOfRefusal,
  costOnApollo,
} from './cost.js'

const parts = new Map<string, () => unknown>([
  ['protection', () => costOfProtection({ rounds: 200, blockMilliseconds: 4 })],
  ['compiled', () => costOfProtectionCompiled({ rounds: 200, blockMilliseconds: 4 })],
  ['apollo', () => costOnApollo({ rounds: 100, blockMilliseconds: 4 })],
  ['refusal', () => costOfRefusal({ rounds: 100, blockMilliseconds: 4 })],
  ['decision', () => costOfDecision({ rounds: 30, blockMilliseconds: 4 })],
  ['analysis', () => costOfAnalysis({ rounds: 60, blockMilliseconds: 4 })],
  ['flood', () => costOfFlood({ rounds: 40, blockMilliseconds: 4 })],
  ['alternatives', () => compareAlternatives({ rounds: 30, blockMilliseconds: 4 })],
])

const run = parts.get(process.argv[2] ?? '')
if (!run) throw new Error(`Say which part: ${[...parts.keys()].join(', ')}.`)
process.stdout.write(JSON.stringify(await run()))
