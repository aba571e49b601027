import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionTokens } from '../../src/sessions/issue-session.js'
import {
  clientId,
  createWorld,
  expandScopes,
  lifetime,
  origin,
  type Replica,
  type World,
} from './session-world.js'

// Sessions as a person would explain them: a list of tokens, and a few moments in seconds.
type ModelSession = {
  tokens: number
  ceiling: string[] | null
  createdAt: number
  usedAt: number
  rotatedAt: number
  ended: boolean
}
type Model = { clock: number; rights: string[]; disabled: boolean; sessions: ModelSession[] }

type RealSession = { id: string; tokens: string[]; accessToken: string }
type Real = {
  world: World
  replicas: Replica[]
  user: Awaited<ReturnType<World['addUser']>>
  sessions: RealSession[]
}

type Command = fc.AsyncCommand<Model, Real>

const isLive = ({ clock }: Model, { ended, usedAt, createdAt }: ModelSession) =>
  !ended && clock < usedAt + lifetime.idleSeconds && clock < createdAt + lifetime.absoluteSeconds

/** For who ends a session: as late as a replica may be whose clock is behind. */
const mayBeLive = ({ clock, ...model }: Model, session: ModelSession) =>
  isLive({ ...model, clock: clock - 300 }, session)

// Of two replicas, any may be asked.
const replicaOf = ({ replicas }: Real, chance: number): Replica => at(replicas, chance)

function at<T>(list: readonly T[], chance: number): T {
  const item = list[chance % list.length]
  if (item === undefined) throw new Error('An empty list')
  return item
}

/** All that both sides allow; null where that is nothing. */
function scopesFor({ rights }: Model, ceiling: string[] | null): ReadonlySet<string> | null {
  const given = expandScopes(rights)
  const both =
    ceiling === null ? given : new Set([...expandScopes(ceiling)].filter((name) => given.has(name)))
  return both.size === 0 ? null : both
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'answered',
    (error) => error.code ?? String(error),
  )
}

class Login implements Command {
  readonly ceiling: string[] | null
  readonly chance: number
  constructor(ceiling: string[] | null, chance: number) {
    this.ceiling = ceiling
    this.chance = chance
  }
  check = () => true
  async run(model: Model, real: Real) {
    const login = replicaOf(real, this.chance).sessions.login({ ...real.user, scopes: this.ceiling })
    const scopes = scopesFor(model, this.ceiling)
    if (model.disabled || scopes === null) {
      expect(await codeOf(login)).toBe(model.disabled ? 'INVALID_CREDENTIALS' : 'INVALID_SCOPE')
      return
    }
    const { sessionId: id, refreshToken, accessToken, scopes: granted } = await login
    expect(expandScopes(granted)).toEqual(scopes)
    real.sessions.push({ id, tokens: [refreshToken], accessToken })
    const times = {
      createdAt: model.clock,
      usedAt: model.clock,
      rotatedAt: Number.NEGATIVE_INFINITY,
    }
    model.sessions.push({ tokens: 1, ceiling: this.ceiling, ended: false, ...times })
  }
  toString = () => `login(${this.ceiling?.join(' ') ?? ''})`
}

class Refresh implements Command {
  readonly which: number
  readonly age: number
  constructor(which: number, age: number) {
    this.which = which
    this.age = age
  }
  check = ({ sessions }: Model) => sessions.length > 0
  async run(model: Model, real: Real) {
    const [session, realSession] = [at(model.sessions, this.which), at(real.sessions, this.which)]
    const newest = session.tokens - 1
    const shown = Math.max(newest - this.age, 0)
    const answer = replicaOf(real, this.age).sessions.refresh({
      refreshToken: at(realSession.tokens, shown),
      clientId,
      origin,
    })

    if (!isLive(model, session)) return expect(await codeOf(answer)).toBe('INVALID_GRANT')
    const inGrace = shown === newest - 1 && model.clock < session.rotatedAt + lifetime.graceSeconds
    if (shown !== newest && !inGrace) {
      expect(await codeOf(answer)).toBe('INVALID_GRANT')
      session.ended = true
      return
    }
    const scopes = scopesFor(model, session.ceiling)
    if (scopes === null) return expect(await codeOf(answer)).toBe('INVALID_SCOPE')

    const tokens: SessionTokens = await answer
    expect(expandScopes(tokens.scopes)).toEqual(scopes)
    realSession.accessToken = tokens.accessToken
    if (inGrace) return expect(tokens.refreshToken).toBe(realSession.tokens[newest])
    expect(realSession.tokens).not.toContain(tokens.refreshToken)
    realSession.tokens.push(tokens.refreshToken)
    session.tokens++
    session.usedAt = session.rotatedAt = model.clock
  }
  toString = () => `refresh(session ${this.which}, ${this.age} tokens old)`
}

class Revoke implements Command {
  readonly which: number
  constructor(which: number) {
    this.which = which
  }
  check = ({ sessions }: Model) => sessions.length > 0
  async run(model: Model, real: Real) {
    const [session, { id: sessionId }] = [at(model.sessions, this.which), at(real.sessions, this.which)]
    const own = { userId: real.user.id, sessionId, address: null, requestId: null }
    const revoked = replicaOf(real, this.which).sessions.revokeSession(own)
    const canEnd = mayBeLive(model, session)
    expect(await codeOf(revoked)).toBe(canEnd ? 'answered' : 'NOT_FOUND')
    if (canEnd) session.ended = true
  }
  toString = () => `revokeSession(session ${this.which})`
}

class RevokeOthers implements Command {
  readonly which: number
  constructor(which: number) {
    this.which = which
  }
  check = ({ sessions }: Model) => sessions.length > 0
  async run(model: Model, real: Real) {
    const [present, { id: sessionId }] = [at(model.sessions, this.which), at(real.sessions, this.which)]
    const others = model.sessions.filter((session) => session !== present && mayBeLive(model, session))
    const own = { userId: real.user.id, sessionId, address: null, requestId: null }
    expect(await replicaOf(real, this.which).sessions.revokeOtherSessions(own)).toBe(others.length)
    for (const session of others) session.ended = true
  }
  toString = () => `revokeOtherSessions(session ${this.which})`
}

class Wait implements Command {
  readonly seconds: number
  constructor(seconds: number) {
    this.seconds = seconds
  }
  check = () => true
  async run(model: Model, real: Real) {
    model.clock += this.seconds
    real.world.advance(this.seconds)
  }
  toString = () => `wait(${this.seconds} s)`
}

class GiveRights implements Command {
  readonly rights: string[]
  constructor(rights: string[]) {
    this.rights = rights
  }
  check = () => true
  async run(model: Model, real: Real) {
    model.rights = this.rights
    real.world.rights.set(real.user.id, this.rights)
  }
  toString = () => `giveRights(${this.rights.join(' ')})`
}

class Switch implements Command {
  check = () => true
  async run(model: Model, real: Real) {
    model.disabled = !model.disabled
    for (const session of model.sessions) session.ended ||= model.disabled
    await (model.disabled ? real.world.disableUser(real.user.id) : real.world.enableUser(real.user.id))
  }
  toString = () => 'disable or enable the user'
}

/** After every run: the list, and which access tokens still count. */
async function compare(model: Model, real: Real) {
  const listed = await at(real.replicas, 0).sessions.list(real.user.id)
  const expected = real.sessions.filter((_, index) => isLive(model, at(model.sessions, index)))
  expect(listed.map(({ id }) => id).toSorted()).toEqual(expected.map(({ id }) => id).toSorted())
  for (const [index, { accessToken }] of real.sessions.entries()) {
    expect(await real.world.accepts(accessToken)).toBe(!at(model.sessions, index).ended)
  }
}

let world: World
let replicas: Replica[]

beforeAll(async () => {
  world = await createWorld()
  replicas = [await world.openReplica(), await world.openReplica()]
})
afterAll(() => world.close())

test('sessions behave as their model, whatever is done in whatever order', { timeout: 120_000 }, async () => {
  const scopes = fc.subarray(['profile:read', 'users:read', 'users:write'])
  const which = fc.nat(3)
  const age = fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constant(1) },
    fc.nat(4),
  )
  const commands = fc.commands(
    [
      fc.tuple(fc.option(scopes), which).map(([ceiling, chance]) => new Login(ceiling, chance)),
      fc.tuple(which, age).map(([session, tokensOld]) => new Refresh(session, tokensOld)),
      fc.tuple(which, age).map(([session, tokensOld]) => new Refresh(session, tokensOld)),
      fc.tuple(which, age).map(([session, tokensOld]) => new Refresh(session, tokensOld)),
      which.map((session) => new Revoke(session)),
      which.map((session) => new RevokeOthers(session)),
      fc.oneof(fc.nat(40), fc.constantFrom(29, 30, 299, 300, 999, 1000)).map((seconds) => new Wait(seconds)),
      scopes.map((rights) => new GiveRights(rights)),
      fc.constant(new Switch()),
    ],
    { size: '+1', maxCommands: 60 },
  )
  let runs = 0
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      await world.db.query('TRUNCATE sessions, told')
      const user = await world.addUser(`user-${runs++}`)
      const model: Model = { clock: 0, rights: ['profile:read'], disabled: false, sessions: [] }
      const real: Real = { world, replicas, user, sessions: [] }
      await fc.asyncModelRun(() => ({ model, real }), sequence)
      await compare(model, real)
    }),
    { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 100) },
  )
})
