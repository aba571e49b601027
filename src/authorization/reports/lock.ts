import { type GraphQLSchema, specifiedScalarTypes } from 'graphql'
import { type Location, placesIn } from '../compile/places.js'
import { type Alternative, type Clause, normalise, type Requirement, waysToMeet } from '../requirement.js'
import { rulesIn, type Table } from '../table.js'

/**
 * What one coordinate asks: `public`, or clauses that must all hold, each a list of alternatives, each a list of scopes
 * and of `policy <name>` (a space cannot occur in a scope). No clause: any signed-in caller.
 */
export type LockedRequirement = 'public' | readonly (readonly (readonly string[])[])[]

/** The permission lock, as committed: who may use what, in a form that differs only when the meaning does. */
export type Lock = {
  readonly version: 1
  readonly implies: Readonly<Record<string, readonly string[]>>
  readonly coordinates: Readonly<Record<string, LockedRequirement>>
}

export type LockChange = {
  readonly coordinate: string
  readonly before: LockedRequirement | null
  readonly after: LockedRequirement | null
}

export type LockComparison = {
  /** Somebody may now do what they could not: the change that must be made on purpose. */
  readonly weaker: readonly LockChange[]
  readonly stronger: readonly LockChange[]
  readonly added: readonly LockChange[]
  readonly removed: readonly LockChange[]
}

const atomsOf = ({ scopes, policies }: Alternative) => [
  ...scopes,
  ...policies.map((name) => `policy ${name}`),
]

const lockedRequirement = (requirement: Requirement | null): LockedRequirement =>
  requirement === null ? 'public' : requirement.map((clause) => clause.map(atomsOf))

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

/** Every output field, and every type and input that has a rule, with what it asks. */
export function requirementsOf(table: Table): ReadonlyMap<string, Requirement | null> {
  const found = [...rulesIn(table)].map(
    ([coordinate, rule]) => [coordinate, rule?.requirement ?? null] as const,
  )
  return new Map(found.toSorted(byName))
}

/** Output types ask through their fields and through those that return them. */
const locations = new Set<Location>(['input', 'value', 'leaf'])

const isSpecifiedScalar = (coordinate: string) => specifiedScalarTypes.some(({ name }) => name === coordinate)

/** Inputs that ask nothing by themselves. A lock that left it out could not tell a dropped rule from a dropped coordinate. */
function openInputs(schema: GraphQLSchema): readonly (readonly [string, LockedRequirement])[] {
  return placesIn(schema)
    .filter(({ location, coordinate }) => locations.has(location) && !isSpecifiedScalar(coordinate))
    .map(({ coordinate }) => [coordinate, 'public'])
}

export function createLock(
  schema: GraphQLSchema,
  table: Table,
  implied: ReadonlyMap<string, readonly string[]>,
): Lock {
  const ruled = [...requirementsOf(table)].map(
    ([coordinate, requirement]) => [coordinate, lockedRequirement(requirement)] as const,
  )
  const coordinates = new Map([...openInputs(schema), ...ruled])
  return {
    version: 1,
    implies: Object.fromEntries([...implied].filter(([, list]) => list.length > 0).toSorted(byName)),
    coordinates: Object.fromEntries([...coordinates].toSorted(byName)),
  }
}

const lines = (record: Readonly<Record<string, unknown>>) =>
  Object.entries(record)
    .map(([name, value]) => `\n    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(',')

/** One line a coordinate, so that a review shows each change on its own. */
export function printLock({ version, implies, coordinates }: Lock): string {
  return `{\n  "version": ${version},\n  "implies": {${lines(implies)}\n  },\n  "coordinates": {${lines(coordinates)}\n  }\n}\n`
}

const policyPrefix = 'policy '

const alternativeFrom = (atoms: readonly string[]): Alternative => ({
  scopes: atoms.filter((atom) => !atom.startsWith(policyPrefix)),
  policies: atoms.filter((atom) => atom.startsWith(policyPrefix)),
})

function requirementFrom(locked: Exclude<LockedRequirement, 'public'>): Requirement {
  return normalise(locked.map((clause): Clause => clause.map(alternativeFrom)))
}

/** Whether everybody who meets `strict` meets `loose`, given what scopes imply. When that cannot be told: no. */
function covers(
  loose: LockedRequirement,
  strict: LockedRequirement,
  implies: ReadonlyMap<string, readonly string[]>,
): 'yes' | 'no' {
  if (loose === 'public') return 'yes'
  if (strict === 'public') return 'no'
  const ways = waysToMeet(requirementFrom(strict))
  if (!ways) return 'no'
  const meets = ({ scopes, policies }: Alternative) => {
    const held = new Set([...policies, ...scopes, ...scopes.flatMap((scope) => implies.get(scope) ?? [])])
    return loose.every((clause) => clause.some((alternative) => alternative.every((atom) => held.has(atom))))
  }
  return ways.every(meets) ? 'yes' : 'no'
}

/** Scopes that imply more than before weaken every requirement that names what they imply. */
function impliesChanges(before: Lock, after: Lock) {
  const old = new Map(Object.entries(before.implies))
  const now = new Map(Object.entries(after.implies))
  const names = new Set([...old.keys(), ...now.keys()])
  const changes = [...names].map((scope) => {
    const had = old.get(scope) ?? []
    const has = now.get(scope) ?? []
    const change: LockChange = { coordinate: `scope ${scope}`, before: [[had]], after: [[has]] }
    return {
      change,
      gained: has.some((other) => !had.includes(other)),
      lost: had.some((other) => !has.includes(other)),
    }
  })
  return {
    weaker: changes.filter(({ gained }) => gained).map(({ change }) => change),
    stronger: changes.filter(({ gained, lost }) => lost && !gained).map(({ change }) => change),
  }
}

/** What changed between two locks. A requirement that is neither weaker nor stronger lets somebody new in: weaker. */
export function compareLocks(before: Lock, after: Lock): LockComparison {
  const old = new Map(Object.entries(before.coordinates))
  const now = new Map(Object.entries(after.coordinates))
  const implies = new Map(Object.entries(after.implies))
  const weaker: LockChange[] = []
  const stronger: LockChange[] = []
  for (const [coordinate, had] of old) {
    const has = now.get(coordinate)
    if (has === undefined || JSON.stringify(has) === JSON.stringify(had)) continue
    const change = { coordinate, before: had, after: has }
    if (covers(had, has, implies) === 'no') weaker.push(change)
    else if (covers(has, had, implies) === 'no') stronger.push(change)
  }
  const ofImplies = impliesChanges(before, after)
  const only = (these: typeof old, others: typeof old) => [...these].filter(([name]) => !others.has(name))
  return {
    weaker: [...weaker, ...ofImplies.weaker],
    stronger: [...stronger, ...ofImplies.stronger],
    added: only(now, old).map(([coordinate, has]) => ({ coordinate, before: null, after: has })),
    removed: only(old, now).map(([coordinate, had]) => ({ coordinate, before: had, after: null })),
  }
}
