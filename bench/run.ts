import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Cost } from './cost.js'
import { machineSince, loadNow } from './machine.js'
import type { Results } from './results.js'
import { expectNoWords } from './command-line.js'
import { plot } from './plot.js'
import { report } from './report.js'

expectNoWords('npm run engine   6 to 7 minutes; replaces results/engine.*')

const suite = new URL('suite.js', import.meta.url)
const results = new URL('../../results/', import.meta.url)

/** A part of the bench in a process of its own, so that no part is warmed up or deoptimised by another. */
async function runPart<Part extends keyof Results>(part: Part): Promise<Results[Part]> {
  const options = { maxBuffer: 1 << 26, env: { ...process.env, NODE_ENV: 'production' } }
  const { stdout } = await promisify(execFile)(process.execPath, [suite.pathname, part], options)
  return JSON.parse(stdout) as Results[Part]
}

/** How often a process is asked what protection costs: V8 optimises the loop of a list in one of two ways, as it happens. */
const processes = 5

/** Of each query, the process in which the second subject had the median ratio to the first. */
async function runCost(part: 'protection' | 'compiled'): Promise<readonly Cost[]> {
  const runs: (readonly Cost[])[] = []
  for (let left = processes; left > 0; left--) runs.push(await runPart(part))
  const [first = []] = runs
  return first.map((cost, at) => {
    const own = runs.map((costs) => costs[at] ?? cost)
    const ratioOf = ({ measured }: Cost) => measured[1]?.ratio.median ?? Number.NaN
    return own.toSorted((a, b) => ratioOf(a) - ratioOf(b))[Math.floor(processes / 2)] ?? cost
  })
}

const loadBefore = loadNow()
const parts = {
  protection: await runCost('protection'),
  compiled: await runCost('compiled'),
  apollo: await runPart('apollo'),
  refusal: await runPart('refusal'),
  decision: await runPart('decision'),
  analysis: await runPart('analysis'),
  flood: await runPart('flood'),
  alternatives: await runPart('alternatives'),
}
await mkdir(results, { recursive: true })
const measured: Results = { machine: machineSince(loadBefore), ...parts }
await writeFile(new URL('engine.json', results), `${JSON.stringify(measured, null, 2)}\n`)
await writeFile(new URL('engine.md', results), report(measured))

const title = 'Speed as a share of the speed without authorization'
const groups = measured.alternatives.map(({ query, measured: bars }) => ({
  name: query,
  bars: bars.map(({ name, ratio }) => ({ name, speed: 1 / ratio.median })),
}))
await writeFile(new URL('engine.svg', results), plot(title, groups))
