import { type Caller, type Credential, isBadCredential, isCaller } from './caller.js'
import type { Clause, Rule } from './requirement.js'
import type { ScopeRegistry } from './scopes.js'

/** `ask`: decided by policies, or by the type that turns up at run time. */
export type Verdict = 'allow' | 'deny' | 'ask'

/** Every verdict for one set of held scopes. A function of that set alone, so callers with equal scopes share it. */
export type Verdicts = {
  readonly kind: 'caller' | 'anonymous' | 'bad'
  readonly held: ReadonlySet<string>
  /** By rule id, filled on demand. */
  readonly known: (Decided | undefined)[]
}

type Decided = {
  readonly verdict: Verdict
  /** What the policies still have to decide. */
  readonly open: readonly Open[]
}

export type Open = {
  /** As it is written. */
  readonly clause: Clause
  /** The alternatives that the scopes leave possible, without these scopes. */
  readonly possible: Clause
}

const createVerdicts = (kind: Verdicts['kind'], held: ReadonlySet<string>): Verdicts => ({
  kind,
  held,
  known: [],
})

const holdsAll = (held: ReadonlySet<string>, scopes: readonly string[]) =>
  scopes.every((scope) => held.has(scope))

/** null when an alternative holds already. */
function openClause(clause: Clause, held: ReadonlySet<string>): Open | null {
  const possible = clause.filter(({ scopes }) => holdsAll(held, scopes))
  if (possible.some(({ policies }) => policies.length === 0)) return null
  return { clause, possible: possible.map(({ policies }) => ({ scopes: [], policies })) }
}

function decide(verdicts: Verdicts, rule: Rule): Decided {
  if (verdicts.kind !== 'caller') return { verdict: 'deny', open: [] }
  const open = rule.requirement
    .map((clause) => openClause(clause, verdicts.held))
    .filter((clause) => clause !== null)
  if (open.some(({ possible }) => possible.length === 0)) return { verdict: 'deny', open }
  return { verdict: open.length === 0 ? 'allow' : 'ask', open }
}

/** At most once for a rule and a set of scopes. */
const decidedOf = (verdicts: Verdicts, rule: Rule): Decided =>
  verdicts.known[rule.id] ?? (verdicts.known[rule.id] = decide(verdicts, rule))

export const verdictOf = (verdicts: Verdicts, rule: Rule): Verdict => decidedOf(verdicts, rule).verdict

/** What the policies still have to decide of a rule whose verdict is `ask`. */
export const openOf = (verdicts: Verdicts, rule: Rule): readonly Open[] => decidedOf(verdicts, rule).open

/** The scope sets that open another alternative of a clause whose policies have refused: none where all of them were asked. */
export const requiredInstead = (
  { held }: Verdicts,
  { required }: Rule,
  clause: Clause,
): readonly (readonly string[])[] => {
  const others = clause.filter(({ scopes }) => !holdsAll(held, scopes))
  return required.filter((set) => others.some(({ scopes }) => scopes.every((scope) => set.includes(scope))))
}

type Seen = { readonly size: number; readonly verdicts: Verdicts }
type Scopes = ReadonlySet<string> | readonly string[]

const sizeOf = (scopes: Scopes) => ('size' in scopes ? scopes.size : scopes.length)

/** Distinct sets of scopes whose verdicts are kept; the oldest goes first. */
const maxSets = 1024

/** Gives the verdicts of a credential. A caller seen before costs no more than a comparison. */
export function createVerdictSource(registry: ScopeRegistry): (credential: Credential) => Verdicts {
  const anonymous = createVerdicts('anonymous', new Set())
  const bad = createVerdicts('bad', new Set())
  const byHeld = new Map<string, Verdicts>()
  const byScopes = new WeakMap<Scopes, Seen>()
  let last: Seen = { size: -1, verdicts: anonymous }

  function share(held: ReadonlySet<string>): Verdicts {
    const key = JSON.stringify([...held].toSorted())
    const known = byHeld.get(key)
    if (known) return known
    const verdicts = createVerdicts('caller', held)
    const oldest = byHeld.size >= maxSets ? byHeld.keys().next().value : undefined
    if (oldest !== undefined) byHeld.delete(oldest)
    byHeld.set(key, verdicts)
    return verdicts
  }

  /** The size is compared too: a set that somebody changed in place is looked at afresh. */
  function seen(scopes: Scopes): Seen {
    const size = sizeOf(scopes)
    const known = byScopes.get(scopes)
    last = known?.size === size ? known : { size, verdicts: share(registry.expand(scopes)) }
    byScopes.set(scopes, last)
    return last
  }

  let lastFrozen: Caller | null = null
  let lastLook: { readonly caller: Caller; readonly scopes: Scopes } | null = null

  function look(credential: Credential): Verdicts {
    if (isBadCredential(credential)) return bad
    if (!isCaller(credential)) return anonymous
    const { scopes } = credential
    // Both may throw, at what pretends to be a caller, and must before this one counts as looked at.
    const frozen = isFrozen(credential, scopes) ? credential : null
    const { verdicts } = seen(scopes)
    lastLook = { caller: credential, scopes }
    lastFrozen = frozen
    return verdicts
  }

  const unchanged = (credential: Credential) =>
    lastLook !== null &&
    credential === lastLook.caller &&
    lastLook.caller.scopes === lastLook.scopes &&
    sizeOf(lastLook.scopes) === last.size

  function carefully(credential: Credential): Verdicts {
    try {
      return unchanged(credential) ? last.verdicts : look(credential)
    } catch {
      // Scopes that cannot be read are not held.
      return anonymous
    }
  }

  // The items of a list come one after another with one caller: nothing is looked up for them. `last` is that caller's.
  return (credential) =>
    credential === lastFrozen && credential !== null ? last.verdicts : carefully(credential)
}

/** Such a caller is the same for as long as it is the same object. A set can be changed whatever is frozen. */
const isFrozen = (caller: Caller, scopes: Scopes): boolean =>
  Array.isArray(scopes) &&
  Object.isFrozen(scopes) &&
  Object.isFrozen(caller) &&
  Object.getOwnPropertyDescriptor(caller, 'scopes')?.value === scopes
