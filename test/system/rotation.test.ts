import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDomains } from '../../src/app/open-domains.js'
import { endAll } from '../../src/app/started.js'
import { createApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { schedule } from '../../src/domains/schedule.js'
import { createLogger } from '../../src/http/logger.js'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import { testAdministrator } from '../../src/testing/test-app.js'
import { createFakeSchedule } from '../support/fake-schedule.js'
import { watchStatements } from '../support/statements.js'
import { type Endpoint, keyIdOf, publishedKeys, refresh, signIn, standingOf, type Tokens } from './client.js'
import { newMasterKey } from './replica.js'

const log = createLogger({ level: 'silent' })
const minuteMs = 60_000
const clock = { atMs: Date.now() }
// Its clock is behind, by less than what tokens from the future are forgiven.
const behindMs = 3000

let database: TestDatabase
let config: ReturnType<typeof readConfig>
let north: Endpoint
let south: Endpoint
const started: (() => Promise<unknown>)[] = []
// The upkeep of the keys is done each minute, which is to pass when the test says so.
const minutes = createFakeSchedule()

beforeAll(async () => {
  database = await createTestDatabase()
  config = readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    PUBLIC_URL: 'https://api.example.com',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '5',
    MASTER_KEY: newMasterKey(),
    ADMIN_EMAIL: testAdministrator.email,
    ADMIN_PASSWORD: testAdministrator.password,
  })
  north = await startReplica(() => new Date(clock.atMs))
  south = await startReplica(() => new Date(clock.atMs - behindMs))
})
afterAll(async () => {
  await endAll(started)
  await database.drop()
})

async function startReplica(now: () => Date): Promise<Endpoint> {
  const app = await createApp({
    config,
    log,
    now,
    schedule: (work, seconds) => (seconds === 60 ? minutes : { schedule }).schedule(work, seconds),
  })
  started.push(app.stop)
  return { url: await app.listen() }
}

/** As the command does it: in neither of the replicas. */
async function rotate(): Promise<void> {
  const opened: typeof started = []
  const options = { config, log, now: () => new Date(clock.atMs), schema: 'require' } as const
  const { own } = await openDomains(options, opened)
  await own.keys.rotate()
  await endAll(opened)
}

/** A client that is never idle: asks both replicas, and refreshes every two minutes, by each of them in turn. */
async function createClient() {
  let [by, next] = [north, south]
  let tokens = await signIn(north, testAdministrator)
  let refreshedAtMs = clock.atMs
  return async function takeTurn(): Promise<Tokens> {
    if (clock.atMs - refreshedAtMs >= 2 * minuteMs) {
      refreshedAtMs = clock.atMs
      tokens = await refresh(by, tokens)
      ;[by, next] = [next, by]
    }
    expect(await standingOf(north, tokens)).toBe('accepted')
    expect(await standingOf(south, tokens)).toBe('accepted')
    return tokens
  }
}

test('a planned rotation under load: nothing fails, and no key signs that clients may not know yet', async () => {
  const clients = await Promise.all(Array.from({ length: 3 }, createClient))
  const [before] = await publishedKeys(north)
  const publishedAtMs = new Map<string, number>()
  const signedAtMs = new Map<string, number>()
  await rotate()

  // The lead, the longest life of a token, and some more.
  for (let minute = 0; minute < 15 + 61 + 4; minute += 1) {
    const turns = clients.map((takeTurn) => takeTurn())
    clock.atMs += minuteMs
    const [taken] = await Promise.all([Promise.all(turns), minutes.elapse()])
    for (const { accessToken } of taken) noteFirst(signedAtMs, keyIdOf(accessToken))
    const [here, there] = [await publishedKeys(north), await publishedKeys(south)]
    for (const keyId of here.filter((each) => there.includes(each))) noteFirst(publishedAtMs, keyId)
  }

  expect([...signedAtMs.keys()]).toEqual([before, expect.any(String)])
  const after = [...signedAtMs.keys()][1] ?? ''
  const knownForMs = (signedAtMs.get(after) ?? 0) - (publishedAtMs.get(after) ?? Number.POSITIVE_INFINITY)
  // What caches were told to keep the document for.
  expect(knownForMs).toBeGreaterThanOrEqual(5 * minuteMs)
  expect([await publishedKeys(north), await publishedKeys(south)]).toEqual([[after], [after]])
}, 120_000)

test('a token of a key that a replica does not know makes it look once, for however many requests', async () => {
  await rotate()
  clock.atMs += 16 * minuteMs // without the upkeep of those two
  const newcomer = await startReplica(() => new Date(clock.atMs))
  const tokens = await signIn(newcomer, testAdministrator)
  expect(await publishedKeys(south)).not.toContain(keyIdOf(tokens.accessToken))

  const looks = countStatements(/FROM "signing_keys"/)
  const ask = (each: Pick<Tokens, 'accessToken'>) => standingOf(south, each)
  const seen = await Promise.all(Array.from({ length: 40 }, () => ask(tokens)))
  expect(new Set(seen)).toEqual(new Set(['accepted']))
  expect(looks.count()).toBe(1)

  // Whoever makes names up cannot make it look more often than once a second, which does not pass here.
  const forged = Array.from({ length: 40 }, (_, index) => withKeyId(tokens, `made up ${index}`))
  expect(new Set(await Promise.all(forged.map(ask)))).toEqual(new Set(['refused']))
  expect(looks.count()).toBe(1)
  clock.atMs += 1000
  expect(new Set(await Promise.all(forged.map(ask)))).toEqual(new Set(['refused']))
  expect(looks.count()).toBe(2)
  looks.stop()
})

function noteFirst(moments: Map<string, number>, keyId: string): void {
  if (!moments.has(keyId)) moments.set(keyId, clock.atMs)
}

function countStatements(pattern: RegExp) {
  const sent = watchStatements()
  return { count: () => sent.texts().filter((text) => pattern.test(text)).length, stop: sent.stop }
}

/** The same token, as if another key had signed it. */
function withKeyId({ accessToken }: Tokens, name: string): Pick<Tokens, 'accessToken'> {
  const kid = createHash('sha256').update(name).digest('base64url')
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url')
  return { accessToken: [header, ...accessToken.split('.').slice(1)].join('.') }
}
