/** One way to meet a clause: every scope and every policy of it. */
export type Alternative = { readonly scopes: readonly string[]; readonly policies: readonly string[] }

/** At least one alternative must hold. */
export type Clause = readonly Alternative[]

/** Every clause must hold, for a signed-in caller. No clause at all: any signed-in caller. */
export type Requirement = readonly Clause[]

/** A requirement that occurs somewhere in the schema. Equal requirements are one rule. */
export type Rule = {
  readonly id: number
  readonly requirement: Requirement
  /** The scope sets of which one would do; where none does without a policy, those that are needed beside one. */
  readonly required: readonly (readonly string[])[]
  readonly key: string
}

export type Rules = { intern(requirement: Requirement): Rule; readonly all: readonly Rule[] }

const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted()
const includesAll = (of: readonly string[], part: readonly string[]) =>
  part.every((name) => of.includes(name))

/** Whether whoever meets `strict` also meets `loose`. */
const implied = (strict: Alternative, loose: Alternative) =>
  includesAll(strict.scopes, loose.scopes) && includesAll(strict.policies, loose.policies)

const keyOf = (value: unknown) => JSON.stringify(value)
const byKey = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, key: keyOf(value) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ value }) => value)

/** Keeps each value that no other one makes superfluous; of two that are equivalent, the first. */
function irredundant<T>(values: readonly T[], superfluous: (value: T, because: T) => boolean): T[] {
  const kept = (value: T, index: number) =>
    !values.some((other, at) => superfluous(value, other) && (at < index || !superfluous(other, value)))
  return values.filter(kept)
}

function normaliseClause(clause: Clause): Clause {
  const alternatives = clause.map(({ scopes, policies }) => ({
    scopes: sorted(scopes),
    policies: sorted(policies),
  }))
  return byKey(irredundant(alternatives, implied))
}

/** Whether whoever meets `strict` also meets `loose`. */
const looser = (loose: Clause, strict: Clause) =>
  strict.every((alternative) => loose.some((candidate) => implied(alternative, candidate)))

/** The same requirement in its one written form: sorted, without repetition and without what the rest implies. */
export function normalise(requirement: Requirement): Requirement {
  const clauses = requirement
    .map(normaliseClause)
    .filter((clause) => !clause.some(({ scopes, policies }) => scopes.length === 0 && policies.length === 0))
  return byKey(irredundant(clauses, looser))
}

/** Treats the policies that `deferred` names as met: what is left can be decided without them. */
export function withoutPolicies(
  requirement: Requirement,
  deferred: (policy: string) => boolean,
): Requirement {
  return requirement.map((clause) =>
    clause.map(({ scopes, policies }) => ({ scopes, policies: policies.filter((name) => !deferred(name)) })),
  )
}

/** Above this many, the sets that satisfy a requirement are no longer listed one by one. */
const maxSets = 256

/**
 * Every minimal way to meet the requirement (its disjunctive form), or null when there are more than 256.
 * A requirement that any signed-in caller meets has one way: nothing.
 */
export function waysToMeet(requirement: Requirement): readonly Alternative[] | null {
  let ways: Alternative[] = [{ scopes: [], policies: [] }]
  for (const clause of requirement) {
    if (ways.length * clause.length > maxSets) return null
    const combined = ways.flatMap((way) =>
      clause.map((alternative) => ({
        scopes: sorted([...way.scopes, ...alternative.scopes]),
        policies: sorted([...way.policies, ...alternative.policies]),
      })),
    )
    ways = irredundant(combined, implied)
  }
  return byKey(ways)
}

/** The scope sets that a client could be told about: those that need no policy, else those beside a policy. */
function scopeSets(requirement: Requirement): readonly (readonly string[])[] {
  const ways = waysToMeet(requirement) ?? []
  const plain = ways.filter(({ policies }) => policies.length === 0)
  const sets = (plain.length > 0 ? plain : ways).map(({ scopes }) => scopes)
  return sets.filter((set) => set.length > 0)
}

const bracketed = (text: string) => (text.includes(' and ') ? `(${text})` : text)

const alternativeText = ({ scopes, policies }: Alternative) =>
  [...scopes, ...policies.map((name) => `policy ${name}`)].join(' and ')

function clauseText(clause: Clause): string {
  const texts = clause.map(alternativeText)
  return texts.length === 1 ? texts.join('') : texts.map(bracketed).join(' or ')
}

/** For people: `(users:read and users:email) or policy isSelf`. */
export function describeRequirement(requirement: Requirement): string {
  if (requirement.length === 0) return 'signed in'
  if (requirement.length === 1) return requirement.map(clauseText).join('')
  return requirement
    .map((clause) => (clause.length > 1 ? `(${clauseText(clause)})` : clauseText(clause)))
    .join(' and ')
}

export function createRules(): Rules {
  const byRequirement = new Map<string, Rule>()
  const all: Rule[] = []
  function intern(requirement: Requirement): Rule {
    const normal = normalise(requirement)
    const key = keyOf(normal)
    const known = byRequirement.get(key)
    if (known) return known
    const rule = { id: all.length, requirement: normal, required: scopeSets(normal), key }
    byRequirement.set(key, rule)
    all.push(rule)
    return rule
  }
  return { intern, all }
}
