import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expectNoWords } from './command-line.js'

expectNoWords('npm run profile   replaces results/profile.md and results/http-profile.md')

/** A V8 CPU profile, as `--cpu-prof` writes it. */
type Profile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

type Shares = ReadonlyMap<string, number>

/** One path, run in a process of its own under the profiler. */
async function profileOf(path: string): Promise<Profile> {
  const directory = await mkdtemp(join(tmpdir(), 'fieldgate-profile-'))
  const hot = new URL('hot.js', import.meta.url).pathname
  const flags = ['--cpu-prof', '--cpu-prof-interval', '200', '--cpu-prof-dir', directory]
  const env = { ...process.env, NODE_ENV: 'production' }
  await promisify(execFile)(process.execPath, [...flags, hot, path], { env })
  const [file = ''] = await readdir(directory)
  const profile = JSON.parse(await readFile(join(directory, file), 'utf8')) as Profile
  await rm(directory, { recursive: true })
  return profile
}

const isOurs = (url: string) => url.includes('/src/authorization/')

function placeOf(url: string): string {
  if (isOurs(url)) return 'Fieldgate'
  if (url.includes('/node_modules/graphql/')) return 'graphql-js'
  return url.includes('/bench/') ? 'resolvers of the bench' : 'Node'
}

/** Shares of the time spent in functions themselves, by name and by whose they are; starting up is left out. */
function sharesOf({ nodes, samples, timeDeltas }: Profile) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const byFunction = new Map<string, number>()
  const byPlace = new Map<string, number>()
  let total = 0
  for (const [at, id] of samples.entries()) {
    const frame = frames.get(id)
    const time = timeDeltas[at] ?? 0
    if (!frame) continue
    const { functionName, url, lineNumber } = frame
    const collecting = functionName === '(garbage collector)'
    const place = collecting ? 'garbage collection' : placeOf(url)
    if (place === 'Node') continue
    const file = url.split('/').at(-1) ?? ''
    const name = collecting ? 'garbage collector' : `${functionName || 'closure'} (${file}:${lineNumber + 1})`
    byFunction.set(name, (byFunction.get(name) ?? 0) + time)
    byPlace.set(place, (byPlace.get(place) ?? 0) + time)
    total += time
  }
  const share = (times: ReadonlyMap<string, number>): Shares =>
    new Map([...times].map(([name, time]) => [name, time / total]))
  return { byFunction: share(byFunction), byPlace: share(byPlace) }
}

const percent = (share: number | undefined) => (share === undefined ? '' : `${(share * 100).toFixed(1)} %`)

function table(
  columns: readonly { readonly name: string; readonly shares: Shares }[],
  count: number,
): string {
  const best = new Map<string, number>()
  for (const { shares } of columns) {
    for (const [name, share] of shares) best.set(name, Math.max(share, best.get(name) ?? 0))
  }
  const names = [...best].toSorted(([, a], [, b]) => b - a).slice(0, count)
  const rows = names.map(([name]) => [name, ...columns.map(({ shares }) => percent(shares.get(name)))])
  return [['self time', ...columns.map(({ name }) => name)], ['---', ...columns.map(() => '---:')], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

const columns = []
for (const [name, path] of [
  ['no authorization', 'open'],
  ['Fieldgate on graphql-js', 'guarded'],
  ['Fieldgate', 'granted'],
  ['a scope missing', 'missing'],
] as const) {
  columns.push({ name, ...sharesOf(await profileOf(path)) })
}
const notes = await readFile(new URL('../../profile-notes.md', import.meta.url), 'utf8')
const text = `# Where the time goes

Made by \`npm run profile\` in \`bench/\`: 1500 lists of 1000 people with six fields, three of them protected,
sampled every 200 us. Shares of the time within each column; starting up is left out.

${table(
  columns.map(({ name, byPlace }) => ({ name, shares: byPlace })),
  10,
)}

${table(
  columns.map(({ name, byFunction }) => ({ name, shares: byFunction })),
  18,
)}

${notes}`
await writeFile(new URL('../../results/profile.md', import.meta.url), text)
