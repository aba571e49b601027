import { mkdir, writeFile } from 'node:fs/promises'
import { readCommandLine } from '../command-line.js'
import { machineSince, loadNow } from '../machine.js'
import { plot } from '../plot.js'
import { type Comparison, compareServers } from './comparison.js'
import { titles } from './contender.js'
import { readOptions, usage } from './options.js'
import { report, titleOf } from './report.js'
import type { Results } from './results.js'
import { onStage } from './stage.js'

const { contenders, operations, effort, whole } = readCommandLine(usage, readOptions)
const loadBefore = loadNow()
const comparisons = await onStage(contenders, async (servers, loader) => {
  const done: Comparison[] = []
  for (const operation of operations) {
    done.push(await compareServers(loader, servers, operation, effort))
  }
  return done
})
const results: Results = { machine: machineSince(loadBefore), effort, comparisons }

const groups = comparisons.map(({ operation, servers }) => ({
  name: operation,
  bars: servers.map(({ contender, ratio }) => ({ name: titles[contender], speed: ratio.median })),
}))

async function keep(): Promise<void> {
  const directory = new URL('../../../results/', import.meta.url)
  await mkdir(directory, { recursive: true })
  await writeFile(new URL('http.json', directory), `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(new URL('http.md', directory), report(results))
  await writeFile(new URL('http.svg', directory), plot(titleOf(comparisons), groups))
}

// A part of the contenders or operations is a trial: it is shown, and replaces nothing.
if (whole) await keep()
else process.stdout.write(report(results))
