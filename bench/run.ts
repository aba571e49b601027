import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { promisify } from 'node:util'
import type { Results } from './results.js'
import { plot } from './plot.js'
import { report } from './report.js'

const suite = new URL('suite.js', import.meta.url)
const results = new URL('../../results/', import.meta.url)

/** A part of the bench in a process of its own, so that no part is warmed up or deoptimised by another. */
async function runPart<Part extends keyof Results>(part: Part): Promise<Results[Part]> {
  const options = { maxBuffer: 1 << 26, env: { ...process.env, NODE_ENV: 'production' } }
  const { stdout } = await promisify(execFile)(process.execPath, [suite.pathname, part], options)
  return JSON.parse(stdout) as Results[Part]
}

const loadBefore = loadavg()[0] ?? 0
const parts = {
  protection: await runPart('protection'),
  apollo: await runPart('apollo'),
  refusal: await runPart('refusal'),
  decision: await runPart('decision'),
  analysis: await runPart('analysis'),
  alternatives: await runPart('alternatives'),
}
const machine = {
  at: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  load: [loadBefore, loadavg()[0] ?? 0] as const,
}

await mkdir(results, { recursive: true })
const measured: Results = { machine, ...parts }
await writeFile(new URL('engine.json', results), `${JSON.stringify(measured, null, 2)}\n`)
await writeFile(new URL('engine.md', results), report(measured))
await writeFile(new URL('engine.svg', results), plot(measured.alternatives))
