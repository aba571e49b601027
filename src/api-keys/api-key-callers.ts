import { timingSafeEqual } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import type { BadCredential, Caller } from '../authentication/caller.js'
import { AppError } from '../errors.js'
import type { Standing } from '../revocations/revocation.js'
import { type ApiKey, type ApiKeyProof, parseApiKey } from './api-key.js'
import { apiKeyTable } from './api-key-table.js'

/** What a remembered row rests on, and since when: see docs/revocation.md. */
export type Remembered = {
  userId: string
  sessionId: null
  clientId: string
  keyId: null
  asOf: number
}

export type ApiKeyCallersDependencies = {
  db: EntityManager
  now: () => Date
  /** The end of the log of revocations, read before the key and the rights of its owner: what is lost later counts. */
  revocationsAsOf(db: EntityManager): Promise<number>
  /** Whether anything was taken since. Synchronous as long as the log is followed. */
  check(remembered: Remembered): Standing | Promise<Standing>
  /** What the roles of this user give now, as granted; null for a user who is disabled or gone. */
  rightsOfUser(db: EntityManager, userId: string): Promise<{ scopes: readonly string[] } | null>
  /** What both the key and the roles allow, implied scopes counted on both sides. */
  grantedScopes(ceiling: readonly string[], given: readonly string[]): readonly string[]
  /** The scopes, and all that they imply. */
  expandScopes(scopes: readonly string[]): ReadonlySet<string>
  /** Called for each request with a good key. */
  onUse(id: string, at: Date): void
  /** Keys remembered. */
  cacheSize: number
  /** A right that is given is seen after so long, at the latest. */
  rememberSeconds: number
}

/** What a caller of before rests on. */
type Basis = { secretHash: Buffer; remembered: Remembered }
type Read = Basis & { caller: Caller }
type Known = Read & { until: number }
type Answer = Caller | BadCredential

const refused: BadCredential = Object.freeze({
  error: 'invalid_token',
  description: 'The API key is unknown, expired or revoked.',
})
const malformed: BadCredential = Object.freeze({
  error: 'invalid_token',
  description: 'This is not an API key of this server.',
})
const noEnd = new Date(8_640_000_000_000_000) // ECMA-262 21.4.1.1: the last moment that a Date can say

/**
 * Turns API keys into callers. A key that was seen before costs no SQL: its row is remembered with its place in the
 * log of revocations, and read anew as soon as anything was taken from it, its owner or their roles.
 */
export function createApiKeyCallers(deps: ApiKeyCallersDependencies) {
  const known = new Map<string, Known>()
  const bases = new WeakMap<Caller, Basis>()
  const readings = new Map<string, Promise<Read | null>>()

  function remember(id: string, key: Known): void {
    const [oldest] = known.size >= deps.cacheSize ? known.keys() : []
    if (oldest !== undefined) known.delete(oldest)
    known.set(id, key)
  }

  /** The key as it is now, and what it and its owner's roles give; null for one that is not good any more. */
  async function read({ id, secretHash }: ApiKeyProof): Promise<Read | null> {
    const asOf = await deps.revocationsAsOf(deps.db)
    const row = await deps.db.findOneBy(apiKeyTable, { id })
    if (row === null || row.revokedAt !== null) return null
    if (!timingSafeEqual(row.secretHash, secretHash)) return null
    const rights = await deps.rightsOfUser(deps.db, row.userId)
    if (rights === null) return null
    const caller = callerOf(row, deps.grantedScopes(row.scopes, rights.scopes))
    const remembered = { userId: row.userId, sessionId: null, clientId: row.id, keyId: null, asOf }
    return { caller, secretHash, remembered }
  }

  async function load(proof: ApiKeyProof): Promise<Answer> {
    const found = await read(proof)
    if (found === null) return refused
    const until = deps.now().getTime() + deps.rememberSeconds * 1000
    const { caller, ...basis } = found
    bases.set(caller, basis)
    remember(proof.id, { ...found, until })
    return accept(caller)
  }

  /** One for all who ask at once: an event can concern every key. */
  function readTogether(proof: ApiKeyProof): Promise<Read | null> {
    const key = `${proof.id} ${proof.secretHash.toString('hex')}`
    const underWay = readings.get(key) ?? read(proof).finally(() => readings.delete(key))
    readings.set(key, underWay)
    return underWay
  }

  /** What was taken may concern others, or be none of what the caller came with: the row and the roles say so. */
  async function reconsider(caller: Caller, basis: Basis): Promise<Standing> {
    const found = await readTogether({ id: caller.clientId, secretHash: basis.secretHash })
    if (found === null || !covers(found.caller, caller)) return 'revoked'
    const renewed = { ...basis, remembered: found.remembered }
    bases.set(caller, renewed)
    return conclude(await deps.check(found.remembered), caller, renewed) // it may have been read before the event
  }

  const conclude = (standing: Standing, caller: Caller, basis: Basis) =>
    standing === 'revoked' ? reconsider(caller, basis) : standing

  /** Whether the caller as of now has all that the one of before came with. */
  function covers(present: Caller, { id, expiresAt, scopes }: Caller): boolean {
    const reach = deps.expandScopes(present.scopes)
    return present.id === id && present.expiresAt >= expiresAt && scopes.every((scope) => reach.has(scope))
  }

  function accept(caller: Caller): Answer {
    const at = deps.now()
    if (at >= caller.expiresAt) return refused
    deps.onUse(caller.clientId, at)
    return caller
  }

  function judge(standing: Standing, { caller }: Known, proof: ApiKeyProof): Answer | Promise<Answer> {
    if (standing === 'ok') return accept(caller)
    known.delete(proof.id)
    // What was taken may be a part of the rights only: the row and the roles say what is left.
    if (standing === 'revoked') return load(proof)
    throw new AppError('UNAVAILABLE')
  }

  return {
    /** Synchronous for a key that is known. @throws AppError UNAVAILABLE where nobody can say whether it was revoked */
    authenticate(text: string): Answer | Promise<Answer> {
      const proof = parseApiKey(text)
      if (proof === null) return malformed
      const key = known.get(proof.id)
      if (key === undefined || deps.now().getTime() >= key.until) return load(proof)
      if (!timingSafeEqual(key.secretHash, proof.secretHash)) return refused
      const standing = deps.check(key.remembered)
      return standing instanceof Promise
        ? standing.then((settled) => judge(settled, key, proof))
        : judge(standing, key, proof)
    },

    /** For what stays open: does what the caller came with still count? null for a caller of another kind. */
    standingOf(caller: Caller): Standing | Promise<Standing> | null {
      const basis = bases.get(caller)
      if (basis === undefined) return null
      const standing = deps.check(basis.remembered)
      return standing instanceof Promise
        ? standing.then((settled) => conclude(settled, caller, basis))
        : conclude(standing, caller, basis)
    },
  }
}

function callerOf({ id, userId, expiresAt }: ApiKey, scopes: readonly string[]): Caller {
  return Object.freeze({
    id: userId,
    scopes: Object.freeze([...scopes]),
    sessionId: null,
    clientId: id,
    expiresAt: expiresAt ?? noEnd,
  })
}
