import { mkdir, writeFile } from 'node:fs/promises'
import { expectNoWords } from '../command-line.js'
import { machineSince, loadNow } from '../machine.js'
import { number, table } from '../table.js'
import { prepareLoad } from './answers.js'
import { lap } from './comparison.js'
import { titles } from './contender.js'
import { type ProfileShares, type Shares, sharesOf } from './cpu-profile.js'
import { operations } from './operations.js'
import { onStage } from './stage.js'

expectNoWords('npm run profile   replaces results/profile.md and results/http-profile.md')

const seconds = 10
const [me] = operations
if (!me) throw new Error('There is no operation to profile.')

type Profiled = ProfileShares & { readonly title: string; readonly microseconds: number }

const loadBefore = loadNow()
const profiled = await onStage(['apollo', 'fieldgate'], async (servers, loader) => {
  const done: Profiled[] = []
  for (const server of servers) {
    const load = { ...(await prepareLoad(server, me)), seconds }
    await lap(loader, server, load)
    // The profiler costs time of its own: how long a request takes is measured without it.
    const { microseconds } = await lap(loader, server, load)
    await server.startProfile()
    await lap(loader, server, load)
    done.push({ title: titles[server.name], microseconds, ...sharesOf(await server.stopProfile()) })
  }
  return done
})

/** Microseconds of a request by name, the greatest first. */
function timesTable(sharesIn: (one: Profiled) => Shares, count: number, columns = profiled): string {
  const greatest = new Map<string, number>()
  for (const one of columns) {
    for (const [name, share] of sharesIn(one)) {
      greatest.set(name, Math.max(share * one.microseconds, greatest.get(name) ?? 0))
    }
  }
  const names = [...greatest].toSorted(([, a], [, b]) => b - a).slice(0, count)
  const rows = names.map(([name]) => [
    name,
    ...columns.map((one) => {
      const share = sharesIn(one).get(name)
      return share === undefined ? '' : number(share * one.microseconds)
    }),
  ])
  return table(['', ...columns.map(({ title }) => title)], rows)
}

const fieldgate = profiled.slice(1)
const { at, node, cpu, cores, load } = machineSince(loadBefore)
const text = `# Where the time of \`me\` goes

Made by \`npm run profile\` in \`bench/\`: ${me.connections} connections, ${seconds} s, sampled every 200 us, after as long a
warm-up. ${at}, Node ${node}, ${cores} x ${cpu}, load ${load.map((one) => one.toFixed(1)).join(' before, ')} after.

Microseconds of CPU time of the server for a request: ${profiled
  .map(({ title, microseconds }) => `${title} ${microseconds.toFixed(0)}`)
  .join(', ')}, measured without the
profiler, and shared out by its samples. Time below JavaScript counts for who called; what nobody called (the kernel's work
for sockets, mostly) is "Node, below JavaScript".

## By package, and by file of Fieldgate

${timesTable(({ packages }) => packages, 60)}

## By function, what it does itself

${timesTable(({ self }) => self, 40)}

## By function of Fieldgate, with all that it calls without waiting

${timesTable(({ inclusive }) => inclusive, 40, fieldgate)}
`
const directory = new URL('../../../results/', import.meta.url)
await mkdir(directory, { recursive: true })
await writeFile(new URL('http-profile.md', directory), text)
