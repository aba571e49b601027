import type { Profiler } from 'node:inspector'

/** Shares of the time on the processor, by name. */
export type Shares = ReadonlyMap<string, number>

export type ProfileShares = {
  /** Of each function itself. */
  readonly self: Shares
  /** Of the functions of a package themselves, and of what they call that is no JavaScript. */
  readonly packages: Shares
  /** Of each function of Fieldgate, with all that it calls without waiting. */
  readonly inclusive: Shares
}

type Frame = { readonly name: string; readonly place: string | null; readonly isOurs: boolean }

/** What a profile says of where the time goes. Waiting for work is left out. */
export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ProfileShares {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, frameOf(callFrame)]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])))
  const stackOf = (id: number | undefined): Frame[] => {
    const frame = id === undefined ? undefined : frames.get(id)
    return frame && id !== undefined ? [frame, ...stackOf(parents.get(id))] : []
  }
  const stacks = new Map(nodes.map(({ id }) => [id, stackOf(id)]))

  const [self, packages, inclusive] = [createTally(), createTally(), createTally()]
  let total = 0
  for (const [at, id] of samples.entries()) {
    const stack = stacks.get(id) ?? []
    const [frame] = stack
    if (!frame || frame.name === '(idle)') continue
    // A sample tells of the time until the next one.
    const time = timeDeltas[at + 1] ?? 0
    total += time
    self.add(frame.name, time)
    packages.add(stack.find(({ place }) => place !== null)?.place ?? 'Node, below JavaScript', time)
    const ours = new Set(stack.filter(({ isOurs }) => isOurs).map(({ name }) => name))
    for (const name of ours) inclusive.add(name, time)
  }
  return { self: self.shares(total), packages: packages.shares(total), inclusive: inclusive.shares(total) }
}

function createTally() {
  const times = new Map<string, number>()
  return {
    add: (name: string, time: number) => void times.set(name, (times.get(name) ?? 0) + time),
    shares: (total: number): Shares => new Map([...times].map(([name, time]) => [name, time / total])),
  }
}

function frameOf({ functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): Frame {
  if (functionName === '(garbage collector)') {
    return { name: 'garbage collector', place: 'garbage collection', isOurs: false }
  }
  const native = url === ''
  const place = native ? null : placeOf(url)
  const where = native ? 'native' : `${shortened(url)}:${lineNumber + 1}`
  const isRoot = functionName.startsWith('(')
  return {
    name: isRoot ? functionName : `${functionName || 'closure'} (${where})`,
    place: isRoot ? null : place,
    isOurs: url.includes('/dist/') && !url.includes('/node_modules/'),
  }
}

const packageName = /^(?:@[^/]+\/)?[^/]+/

function placeOf(url: string): string {
  const [, inside] = url.split(/.*\/node_modules\//)
  if (inside !== undefined) return packageName.exec(inside)?.[0] ?? inside
  if (url.startsWith('node:')) return url.replace(/^node:(?:internal\/)?/, 'node:').split('/')[0] ?? url
  const [, ours] = url.split('/dist/')
  return ours === undefined ? 'the bench' : `Fieldgate, ${ours.replace(/\.js$/, '')}`
}

function shortened(url: string): string {
  const [, inside] = url.split(/.*\/node_modules\//)
  if (inside !== undefined) return `${packageName.exec(inside)?.[0]} ${url.split('/').at(-1)}`
  return url.split('/dist/').at(-1)?.split('/').slice(-3).join('/') ?? url
}
