import { randomBytes } from 'node:crypto'
import * as jose from 'jose'
import type { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/data-source.js'
import type { TestDatabase } from '../../src/testing/database.js'
import { createTestDatabase } from '../../src/testing/database.js'
import { createAccessTokenSigner } from '../../src/tokens/access-token-signer.js'
import { createAccessTokenVerifier } from '../../src/tokens/access-token-verifier.js'
import { generateKeyMaterial } from '../../src/tokens/key-material.js'
import { createMasterKey, MasterKeyError } from '../../src/tokens/master-key.js'
import type { SigningKeyServiceOptions } from '../../src/tokens/signing-key-service.js'
import { createSigningKeyService } from '../../src/tokens/signing-key-service.js'
import { signingKeyTable } from '../../src/tokens/signing-key-table.js'
import { audience, createClock, issuer, request } from './token-fixtures.js'

const newMasterKeyText = () => randomBytes(32).toString('base64')
const masterKeyText = newMasterKeyText()
const masterKey = createMasterKey({ current: masterKeyText, randomBytes })

let database: TestDatabase
let dataSource: DataSource
let clock: ReturnType<typeof createClock>

beforeAll(async () => {
  database = await createTestDatabase()
  dataSource = await openDatabase({
    url: database.url,
    poolSize: 5,
    tables: [signingKeyTable],
    migrations: [],
  })
})
afterAll(async () => {
  await dataSource.destroy()
  await database.drop()
})
beforeEach(() => {
  clock = createClock()
})
afterEach(() => dataSource.query('DELETE FROM signing_keys'))

/** A process with keys of its own in memory: service, signer and verifier. */
function createReplica(options: Partial<SigningKeyServiceOptions> = {}) {
  const { now } = clock
  const db = dataSource.manager
  const keys = createSigningKeyService({
    db,
    masterKey,
    algorithm: 'ES256',
    accessTokenSeconds: 300,
    now,
    ...options,
  })
  const sign = createAccessTokenSigner({ issuer, audience, accessTokenSeconds: 300, keys, now, randomBytes })
  const verifier = createAccessTokenVerifier({ issuer, audience, keys, now })
  return { keys, verify: (token: string) => verifier.verify(token), sign: () => sign(request).token }
}

async function startReplica(options: Partial<SigningKeyServiceOptions> = {}) {
  const replica = createReplica(options)
  await replica.keys.start()
  return replica
}

const accepted = { userId: request.userId }
const refused = { error: 'invalid_token' }
const states = async ({ keys }: ReturnType<typeof createReplica>) =>
  (await keys.list()).map(({ state }) => state)

const takeAwayInSql = (keyId: string) =>
  dataSource.query('UPDATE signing_keys SET compromised_at = now() WHERE key_id = $1', [keyId])

describe('the start', () => {
  test('makes one key, however many replicas start at once', async () => {
    const replicas = await Promise.all(Array.from({ length: 5 }, () => startReplica()))
    const ids = new Set(replicas.map(({ keys }) => keys.current().keyId))
    expect(ids.size).toBe(1)
    expect(await dataSource.manager.count(signingKeyTable)).toBe(1)
  })

  test('finds the key of the last time', async () => {
    const first = await startReplica()
    const token = first.sign()
    const second = await startReplica()
    expect(second.keys.current().keyId).toBe(first.keys.current().keyId)
    expect(second.verify(token)).toMatchObject(accepted)
  })

  test('with a wrong master key is refused, says what to do, and makes nothing', async () => {
    await startReplica()
    const wrong = createMasterKey({ current: newMasterKeyText(), randomBytes })
    await expect(startReplica({ masterKey: wrong })).rejects.toThrow(MasterKeyError)
    await expect(startReplica({ masterKey: wrong })).rejects.toThrow(/MASTER_KEY_PREVIOUS/)
    expect(await dataSource.manager.count(signingKeyTable)).toBe(1)
  })

  test.each(['RS256', 'PS256', 'HS256'] as const)('with %s makes a key for it', async (algorithm) => {
    const replica = await startReplica({ algorithm })
    expect(replica.verify(replica.sign())).toMatchObject(accepted)
    const { body } = replica.keys.jwks()
    expect(JSON.parse(body).keys).toHaveLength(algorithm === 'HS256' ? 0 : 1)
  })

  test('with another algorithm than last time hands over to a key for it', async () => {
    await startReplica()
    const replica = await startReplica({ algorithm: 'PS256' })
    const before = replica.sign()
    clock.advanceSeconds(900)
    const after = replica.sign()
    expect(jose.decodeProtectedHeader(before).alg).toBe('ES256')
    expect(jose.decodeProtectedHeader(after).alg).toBe('PS256')
    expect(replica.verify(after)).toMatchObject(accepted)
  })

  test('is needed before anything is signed', () => {
    expect(() => createReplica().sign()).toThrow('No signing key is active')
  })
})

describe('at rest', () => {
  test('the private part is sealed and the public one is plain', async () => {
    const { keys } = await startReplica()
    const { keyId, signingKey, publicJwk } = keys.current()
    const [row] = await dataSource.query('SELECT * FROM signing_keys')
    const { d } = signingKey.export({ format: 'jwk' })
    expect(row).toMatchObject({ key_id: keyId, algorithm: 'ES256', public_jwk: publicJwk })
    expect(JSON.stringify(row)).not.toContain(d)
    expect(row.sealed_key).toMatch(new RegExp(`^v1\\.${masterKey.version}\\.`))
  })

  test('a public key that was put into the table by hand verifies nothing', async () => {
    const replica = await startReplica()
    const stranger = await generateKeyMaterial('ES256')
    await dataSource.query('UPDATE signing_keys SET key_id = $1, public_jwk = $2', [
      stranger.keyId,
      stranger.publicJwk,
    ])
    const unreadable: MasterKeyError[] = []
    const other = createReplica({ onUnreadableKey: (error) => unreadable.push(error) })
    await other.keys.reload()
    expect(unreadable.map(({ message }) => message)).toEqual([expect.stringContaining('was changed')])
    expect(other.keys.find(stranger.keyId, clock.now().getTime())).toBeUndefined()
    expect(replica.keys.current().publicJwk).not.toEqual(stranger.publicJwk)
  })
})

describe('rotation', () => {
  test('changes the key on every replica at one moment, and refuses no token on the way', async () => {
    const [one, two] = [await startReplica(), await startReplica()]
    const tokens = [one.sign(), two.sign()]
    await one.keys.rotate()
    await two.keys.maintain()
    expect(await states(one)).toEqual(['published', 'active'])
    const before = two.keys.current().keyId
    clock.advanceSeconds(899)
    tokens.push(one.sign(), two.sign())
    expect([one, two].map(({ keys }) => keys.current().keyId)).toEqual([before, before])
    clock.advanceSeconds(1)
    tokens.push(one.sign(), two.sign())
    expect(one.keys.current().keyId).not.toBe(before)
    expect(two.keys.current().keyId).toBe(one.keys.current().keyId)
    expect(await states(one)).toEqual(['active', 'retired'])
    for (const replica of [one, two]) {
      for (const token of tokens.slice(2)) expect(replica.verify(token)).toMatchObject(accepted)
      for (const token of tokens.slice(0, 2))
        expect(replica.verify(token)).toMatchObject({ description: 'The token has expired.' })
    }
  })

  test('comes by itself with the age of the key, made once by all replicas together', async () => {
    const replicas = [await startReplica(), await startReplica(), await startReplica()]
    clock.advanceSeconds(30 * 86_400 - 900)
    await Promise.all(replicas.map(({ keys }) => keys.maintain()))
    expect(await Promise.all(replicas.map(states))).toEqual(
      Array.from({ length: 3 }, () => ['published', 'active']),
    )
    clock.advanceSeconds(900 + 3660)
    await Promise.all(replicas.map(({ keys }) => keys.maintain()))
    expect(await Promise.all(replicas.map(states))).toEqual(
      Array.from({ length: 3 }, () => ['active', 'gone']),
    )
  })

  test('destroys the private part of a key that is gone, and leaves the JWK Set without it', async () => {
    const replica = await startReplica()
    const { keyId } = replica.keys.current()
    await replica.keys.rotate()
    const both = replica.keys.jwks()
    expect(JSON.parse(both.body).keys).toHaveLength(2)
    clock.advanceSeconds(900 + 3660)
    const one = replica.keys.jwks()
    expect(JSON.parse(one.body).keys).toHaveLength(1)
    expect(one.etag).not.toBe(both.etag)
    expect(replica.keys.jwks()).toEqual(one)
    await replica.keys.maintain()
    const gone = (await replica.keys.list()).find((key) => key.keyId === keyId)
    expect(gone).toMatchObject({ state: 'gone', masterKeyVersion: null, compromisedAt: null })
    expect(await dataSource.query('SELECT key_id FROM signing_keys WHERE sealed_key IS NULL')).toEqual([
      { key_id: keyId },
    ])
  })

  test('leaves a key whose private part is destroyed, be it early by the clock of another replica', async () => {
    const fast = await startReplica()
    const { keyId } = fast.keys.current()
    await fast.keys.rotate()
    clock.advanceSeconds(900 + 3660)
    await fast.keys.maintain()
    clock.advanceSeconds(-1)
    const unreadable: MasterKeyError[] = []
    const slow = await startReplica({ onUnreadableKey: (error) => unreadable.push(error) })
    expect(unreadable).toEqual([])
    expect(slow.keys.find(keyId, clock.now().getTime())).toBeUndefined()
    expect(slow.verify(fast.sign())).toMatchObject(accepted)
  })

  test('publishes keys with which jose verifies our tokens', async () => {
    const replica = await startReplica()
    await replica.keys.rotate()
    clock.advanceSeconds(900)
    const jwks = jose.createLocalJWKSet(JSON.parse(replica.keys.jwks().body))
    const { payload } = await jose.jwtVerify(replica.sign(), jwks, {
      issuer,
      audience,
      currentDate: clock.now(),
    })
    expect(payload.sub).toBe(request.userId)
  })
})

describe('an unknown key', () => {
  test('is asked for, once a second, whoever asks', async () => {
    const replica = await startReplica()
    const strangers = await Promise.all(Array.from({ length: 3 }, () => generateKeyMaterial('ES256')))
    let questions = 0
    const db = dataSource.createEntityManager()
    const getRepository = db.getRepository.bind(db)
    db.getRepository = (target) => {
      questions += 1
      return getRepository(target)
    }
    const watched = createReplica({ db })
    const ask = () => Promise.all(strangers.map(({ keyId }) => watched.keys.findAfterReload(keyId)))
    expect(await ask()).toEqual([undefined, undefined, undefined])
    expect(await ask()).toEqual([undefined, undefined, undefined])
    expect(questions).toBe(1)
    expect(await watched.keys.findAfterReload('no thumbprint at all')).toBeUndefined()
    clock.advanceSeconds(1)
    await ask()
    expect(questions).toBe(2)
    expect(watched.verify(replica.sign())).toMatchObject(accepted)
  })

  test('of another replica is learnt when its first token comes', async () => {
    const one = await startReplica()
    const two = await startReplica()
    await one.keys.compromise(one.keys.current().keyId)
    const answer = two.verify(one.sign())
    expect(answer).toBeInstanceOf(Promise)
    expect(await answer).toMatchObject(accepted)
    expect(two.verify(one.sign())).toMatchObject(accepted)
  })
})

describe('a compromised key', () => {
  test('is refused here at once and there after a reload, and another signs', async () => {
    const [one, two] = [await startReplica(), await startReplica()]
    const token = one.sign()
    expect([one.verify(token), two.verify(token)]).toEqual([
      expect.objectContaining(accepted),
      expect.objectContaining(accepted),
    ])
    await one.keys.compromise(one.keys.current().keyId)
    await two.keys.reload()
    expect(await one.verify(token)).toMatchObject(refused)
    expect(await two.verify(token)).toMatchObject(refused)
    expect(one.verify(one.sign())).toMatchObject(accepted)
    expect(two.verify(one.sign())).toMatchObject(accepted)
    expect((await states(one)).toSorted()).toEqual(['active', 'gone'])
    expect(JSON.parse(one.keys.jwks().body).keys).toHaveLength(1)
  })

  test('that was taken away elsewhere neither signs nor is published, once this replica hears of it', async () => {
    const [one, two] = [await startReplica(), await startReplica()]
    const { keyId } = two.keys.current()
    await one.keys.compromise(keyId)
    await two.keys.reloadIfAny(() => false)
    expect(two.keys.current().keyId).toBe(keyId)
    await two.keys.reloadIfAny((each) => each === keyId)
    expect(two.keys.current().keyId).toBe(one.keys.current().keyId)
    expect(two.keys.jwks().body).toBe(one.keys.jwks().body)
  })

  test('that was taken away in SQL is replaced by whichever replica hears of it first', async () => {
    const [one, two] = [await startReplica(), await startReplica()]
    const { keyId } = one.keys.current()
    const token = one.sign()
    await takeAwayInSql(keyId)
    for (const { keys } of [one, two]) await keys.reloadIfAny((each) => each === keyId)
    expect(one.keys.current().keyId).not.toBe(keyId)
    expect((await one.keys.list()).find((key) => key.keyId === keyId)).toMatchObject({
      state: 'gone',
      masterKeyVersion: null, // destroyed
    })
    expect(await one.verify(token)).toMatchObject(refused)
    expect(two.verify(one.sign())).toMatchObject(accepted)
    expect(JSON.parse(one.keys.jwks().body).keys).toHaveLength(1)
    expect(two.keys.jwks()).toEqual(one.keys.jwks())
  })

  test('that was taken away in SQL while nothing ran is not loaded by the next start', async () => {
    const before = await startReplica()
    const token = before.sign()
    await takeAwayInSql(before.keys.current().keyId)
    const after = await startReplica()
    expect(await after.verify(token)).toMatchObject(refused)
    expect(after.verify(after.sign())).toMatchObject(accepted)
  })

  test('stays refused after every later start', async () => {
    const replica = await startReplica()
    const token = replica.sign()
    await replica.keys.compromise(replica.keys.current().keyId)
    expect(await (await startReplica()).verify(token)).toMatchObject(refused)
    const gone = (await replica.keys.list()).find(({ state }) => state === 'gone')
    expect(gone).toMatchObject({ masterKeyVersion: null, compromisedAt: clock.now() })
  })

  test('is announced in the transaction that takes it away: both happen, or neither', async () => {
    const { keys, verify, sign } = await startReplica({
      onKeyCompromised: async (tx, keyId) => {
        const [{ count }] = await tx.query(
          'SELECT count(*)::int FROM signing_keys WHERE compromised_at IS NOT NULL',
        )
        expect(count).toBe(1)
        throw new Error(`cannot announce ${keyId}`)
      },
    })
    const { keyId } = keys.current()
    await expect(keys.compromise(keyId)).rejects.toThrow(`cannot announce ${keyId}`)
    await keys.reload()
    expect(verify(sign())).toMatchObject(accepted)
    expect(await keys.list()).toMatchObject([{ keyId, state: 'active', compromisedAt: null }])
  })

  test('must exist', async () => {
    const { keys } = await startReplica()
    await expect(keys.compromise('A'.repeat(43))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('the rotation of the master key', () => {
  test('seals every key anew, after which the old master key is not needed', async () => {
    const replica = await startReplica()
    await replica.keys.rotate()
    const newText = newMasterKeyText()
    const both = createMasterKey({ current: newText, previous: [masterKeyText], randomBytes })
    const changing = await startReplica({ masterKey: both })
    const token = changing.sign()
    expect(await changing.keys.reseal()).toEqual({ resealed: 2 })
    expect(await changing.keys.reseal()).toEqual({ resealed: 0 })
    const after = await startReplica({ masterKey: createMasterKey({ current: newText, randomBytes }) })
    expect(after.verify(token)).toMatchObject(accepted)
    expect(after.keys.current().keyId).toBe(replica.keys.current().keyId)
    expect((await after.keys.list()).map(({ masterKeyVersion }) => masterKeyVersion)).toEqual([
      both.version,
      both.version,
    ])
    await expect(startReplica()).rejects.toThrow(MasterKeyError)
  })

  test('a replica without the new master key goes on with the keys that it can open, and says which it cannot', async () => {
    const unreadable: MasterKeyError[] = []
    const behind = await startReplica({ onUnreadableKey: (error) => unreadable.push(error) })
    const both = createMasterKey({ current: newMasterKeyText(), previous: [masterKeyText], randomBytes })
    const ahead = await startReplica({ masterKey: both })
    await ahead.keys.rotate()
    await behind.keys.maintain()
    expect(unreadable.map(({ message }) => message)).toEqual([expect.stringContaining(both.version)])
    expect(ahead.verify(behind.sign())).toMatchObject(accepted)
    expect(behind.verify(ahead.sign())).toMatchObject(accepted)
  })
})

test('of two reloads at once, the later question counts, whichever answer comes first', async () => {
  const replica = await startReplica()
  const { keyId } = replica.keys.current()
  const answers: (() => void)[] = []
  const db = dataSource.createEntityManager()
  const repository = db.getRepository(signingKeyTable)
  const find = repository.find.bind(repository)
  repository.find = async (options) => {
    const rows = await find(options)
    await new Promise<void>((resolve) => answers.push(resolve))
    return rows
  }
  const slow = createReplica({ db })
  const earlier = slow.keys.reload()
  await expect.poll(() => answers.length).toBe(1)
  await replica.keys.compromise(keyId)
  const later = slow.keys.reload()
  await expect.poll(() => answers.length).toBe(2)
  answers[1]?.()
  await later
  answers[0]?.()
  await earlier
  expect(slow.keys.find(keyId, clock.now().getTime())).toBeUndefined()
})
