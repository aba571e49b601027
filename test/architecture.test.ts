import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** What each room may import of src at run time. Types are free, except into authorization. */
const singleRooms: Record<string, readonly string[]> = {
  main: ['commands'],
  fieldgate: ['app', 'authentication', 'config', 'connections', 'domains', 'errors'],
  commands: ['app', 'authorization', 'config', 'domains', 'graphql', 'roles'],
  app: ['http', 'graphql', 'execution', 'database', 'authentication', 'domains'],
  http: ['errors'],
  graphql: ['authorization', 'authentication', 'errors'],
  authentication: ['errors'],
  authorization: [],
  execution: [],
  database: [],
  connections: ['errors', 'uuid'],
  config: [],
  errors: [],
  uuid: [],
  testing: ['app', 'config', 'database', 'http'],
}

const domains = readdirSync(src, { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() && !(entry.name in singleRooms) && !['domains', 'generated'].includes(entry.name),
  )
  .map(({ name }) => name)

const allowed: Record<string, readonly string[]> = {
  ...singleRooms,
  domain: [],
  domains: [...domains, 'connections'],
  ...Object.fromEntries(
    domains.map((domain) => [domain, ['errors', 'uuid', 'connections', 'authentication']]),
  ),
}

type Import = { from: string; to: string; isTypeOnly: boolean }

function sourceFiles(): string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('generated'))
    .map((file) => join(src, file))
}

const roomOf = (file: string) => relative(src, file).split(/[/\\.]/)[0] ?? ''

function importsOf(file: string): Import[] {
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s+(type\s)?(?:([^'"]*?)\sfrom\s+)?'(\.[^']+)'|import\('(\.[^']+)'\)/gm,
  )
  return [...statements].map(([, type, names, path, dynamicPath]) => ({
    from: relative(src, file),
    to: resolve(dirname(file), path ?? dynamicPath ?? ''),
    isTypeOnly: type !== undefined || isAllTypes(names ?? ''),
  }))
}

// `import { type A, type B }` leaves nothing at run time that the table is about.
function isAllTypes(names: string): boolean {
  const listed = /^\{(.*)\}$/s.exec(names.trim())?.[1]
  if (listed === undefined) return false
  const items = listed.split(',').map((item) => item.trim())
  return items.every((item) => item === '' || item.startsWith('type '))
}

const imports = sourceFiles().flatMap(importsOf)
const crossing = imports.filter(({ from, to }) => roomOf(join(src, from)) !== roomOf(to))

test('ARCH-1 the import table finds the rooms it speaks of', () => {
  expect(domains).toEqual(expect.arrayContaining(['users', 'roles', 'sessions']))
  expect(crossing.length).toBeGreaterThan(20)
})

test('ARCH-2 a room MUST import at run time only what the table allows', () => {
  const offences = crossing
    .filter(({ isTypeOnly, to }) => !isTypeOnly && roomOf(to) !== 'generated')
    .filter(({ from, to }) => !allowed[roomOf(join(src, from))]?.includes(roomOf(to)))
    .map(({ from, to }) => `${from} -> ${relative(src, to)}`)
  expect(offences).toEqual([])
})

test('ARCH-3 authorization MUST import nothing of src, not even types', () => {
  const offences = crossing
    .filter(({ from }) => from.startsWith('authorization'))
    .map(({ from, to }) => ({ from, to }))
  expect(offences).toEqual([])
})

test('ARCH-4 generated files MUST be imported as types alone', () => {
  const offences = imports.filter(({ to, isTypeOnly }) => roomOf(to) === 'generated' && !isTypeOnly)
  expect(offences).toEqual([])
})

test('ARCH-5 authorization MUST use no library but graphql and @graphql-tools/utils', () => {
  const offences = sourceFiles()
    .filter((file) => roomOf(file) === 'authorization')
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/from '([^.'][^']*)'/g)].map(([, name]) => name),
    )
    .filter((name) => name !== 'graphql' && name !== '@graphql-tools/utils')
  expect(offences).toEqual([])
})

test('ARCH-6 only config.ts MUST read the environment', () => {
  const readers = sourceFiles()
    .filter((file) => readFileSync(file, 'utf8').includes('process.env'))
    .map((file) => relative(src, file))
  expect(readers.filter((file) => file !== 'config.ts' && !file.startsWith('testing'))).toEqual([])
})

test('ARCH-7 a module MUST NOT come back to itself by what it imports at run time', () => {
  // Of execution it may: ExecuteSelectionSet, ExecuteField and CompleteValue (GraphQL 6.3, 6.4) call each other.
  let links = imports
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ from, to }) => ({ from, to: relative(src, to).replace(/\.js$/, '.ts') }))
    .filter(({ from }) => roomOf(join(src, from)) !== 'execution')
  // What leads nowhere, or is led to by nothing, is in no circle.
  for (let count = 0; count !== links.length; ) {
    count = links.length
    const [starts, ends] = [new Set(links.map(({ from }) => from)), new Set(links.map(({ to }) => to))]
    links = links.filter(({ from, to }) => starts.has(to) && ends.has(from))
  }
  expect(links.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
})

/** The phases of the engine, and what each may import at run time of the others. All may import what the words mean. */
const phases: Record<string, readonly string[]> = {
  compile: [],
  plan: [],
  run: [],
  guard: ['plan', 'run'],
  views: [],
  reports: ['compile', 'plan'],
}
/** What is put together of the phases. */
const wholes = ['authorization', 'engine', 'index']

test('ARCH-8 a phase of the engine MUST import at run time only what the table allows', () => {
  const partOf = (file: string) => relative(join(src, 'authorization'), file).split(/[/\\.]/)[0] ?? ''
  const found = readdirSync(join(src, 'authorization'), { withFileTypes: true })
  const folders = found.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  expect(new Set(folders)).toEqual(new Set(Object.keys(phases)))
  const offences = imports
    .filter(({ from, isTypeOnly }) => from.startsWith('authorization') && !isTypeOnly)
    .map(({ from, to }) => ({ phase: partOf(join(src, from)), part: partOf(to), from }))
    .filter(
      ({ phase, part }) => phase in phases && phase !== part && (part in phases || wholes.includes(part)),
    )
    .filter(({ phase, part }) => !phases[phase]?.includes(part))
  expect(offences).toEqual([])
})
