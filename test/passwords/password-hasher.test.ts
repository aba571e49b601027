import argon2 from 'argon2'
import * as bcrypt from 'bcryptjs'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/errors.js'
import type { DeriveArgon2, PasswordHasherOptions } from '../../src/passwords/password-hasher.js'
import { createPasswordHasher, owaspParameters } from '../../src/passwords/password-hasher.js'

const light = { memoryKib: 64, passes: 1, lanes: 1 }

/** A hasher that works for the server itself. */
const createHasher = (options: PasswordHasherOptions = {}) => {
  const { hash, verify } = createPasswordHasher(options)
  const asker = { address: null }
  return {
    hash: (password: string) => hash(password, asker),
    verify: (password: string, storedHash: string | null) => verify(password, storedHash, asker),
  }
}

/** A hasher over a stand-in for argon2 that records the work it is asked for. */
const recordingHasher = (options: PasswordHasherOptions = {}) => {
  const work: { password: string; cost: string }[] = []
  const deriveArgon2: DeriveArgon2 = async (
    password,
    { variant, parameters: { memoryKib, passes, lanes } },
    bytes,
  ) => {
    work.push({ password, cost: `${variant} m=${memoryKib} t=${passes} p=${lanes} ${bytes} bytes` })
    return Buffer.alloc(bytes, password.slice(0, 4))
  }
  return { work, hasher: createHasher({ deriveArgon2, ...options }) }
}

const storedAt = (parameters: string, variant = 'argon2id') =>
  `$${variant}$v=19$${parameters}$${'A'.repeat(22)}$${'A'.repeat(43)}`

const hashAt = (options: argon2.Options) =>
  argon2.hash('correct horse', { memoryCost: 128, timeCost: 2, parallelism: 1, ...options })

describe('hash and verify', () => {
  test('a hash is argon2id at the parameters that OWASP names, and any argon2 implementation reads it', async () => {
    const hash = await createHasher().hash('correct horse battery')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(await argon2.verify(hash, 'correct horse battery')).toBe(true)
    expect(await argon2.verify(hash, 'correct horse batterY')).toBe(false)
  })

  test('the right password matches, another does not, and two hashes of one password differ', async () => {
    const hasher = createHasher({ parameters: light })
    const [first, second] = [await hasher.hash('correct horse'), await hasher.hash('correct horse')]
    expect(first).not.toBe(second)
    expect(await hasher.verify('correct horse', first)).toBe('match')
    expect(await hasher.verify('correct horse ', first)).toBe('mismatch')
  })

  test('one password typed composed, decomposed or full-width is one password', async () => {
    const hasher = createHasher({ parameters: light })
    const hash = await hasher.hash('caf\u00e9-zürich')
    expect(await hasher.verify('cafe\u0301-zu\u0308rich', hash)).toBe('match')
    expect(await hasher.verify('ｃａｆé-zürich', hash)).toBe('match')
    expect(await hasher.verify('cafe-zürich', hash)).toBe('mismatch')
  })

  test('parameters are read in either order', async () => {
    const hasher = createHasher({ parameters: light })
    const hash = await hasher.hash('correct horse')
    expect(await hasher.verify('correct horse', hash.replace('m=64,t=1,p=1', 'm=64,p=1,t=1'))).toBe('match')
  })

  test('a hash of lesser kind matches as outdated; one of a stronger kind is left alone', async () => {
    const hasher = createHasher({ parameters: { memoryKib: 128, passes: 2, lanes: 1 } })
    expect(await hasher.verify('correct horse', await hashAt({}))).toBe('match')
    expect(await hasher.verify('correct horse', await hashAt({ memoryCost: 256, parallelism: 2 }))).toBe(
      'match',
    )
    expect(await hasher.verify('correct horse', await hashAt({ memoryCost: 64 }))).toBe('match-outdated')
    expect(await hasher.verify('correct horse', await hashAt({ timeCost: 1 }))).toBe('match-outdated')
    expect(await hasher.verify('correct horse', await hashAt({ type: argon2.argon2i }))).toBe(
      'match-outdated',
    )
    expect(await hasher.verify('correct horse', await hashAt({ version: 0x10 }))).toBe('match-outdated')
    expect(await hasher.verify('correct horse', await hashAt({ hashLength: 16 }))).toBe('match-outdated')
    expect(await hasher.verify('wrong horse', await hashAt({ timeCost: 1 }))).toBe('mismatch')
  })

  test('what the rules refuse is not hashed', async () => {
    const hasher = createHasher({ parameters: light })
    await expect(hasher.hash('')).rejects.toThrow(TypeError)
    await expect(hasher.hash('x'.repeat(129))).rejects.toThrow(TypeError)
    await expect(hasher.hash('lone \ud800 surrogate')).rejects.toThrow(TypeError)
  })
})

describe('hashes from elsewhere', () => {
  const hasher = createHasher({ parameters: light })

  test.each(['$2a$', '$2b$', '$2y$'])('bcrypt %s matches as outdated', async (prefix) => {
    const hash = (await bcrypt.hash('correct horse', 4)).replace(/^\$2.\$/, prefix)
    expect(await hasher.verify('correct horse', hash)).toBe('match-outdated')
    expect(await hasher.verify('wrong horse', hash)).toBe('mismatch')
  })

  test('a password is never equal to its own first 72 bytes', async () => {
    const hash = await bcrypt.hash('é'.repeat(36), 4)
    expect(await hasher.verify('é'.repeat(36), hash)).toBe('match-outdated')
    expect(await hasher.verify(`${'é'.repeat(36)}x`, hash)).toBe('mismatch')
  })

  test('a NUL does not make a longer password equal to a shorter one', async () => {
    const hash = await bcrypt.hash('abc', 4)
    expect(await bcrypt.compare('abc\0abc', hash)).toBe(true)
    expect(await hasher.verify('abc\0abc', hash)).toBe('mismatch')
  })

  test('bcrypt is compared with what was typed, since its maker did not normalise', async () => {
    const hash = await bcrypt.hash('cafe\u0301', 4)
    expect(await hasher.verify('cafe\u0301', hash)).toBe('match-outdated')
  })
})

describe('one check of work, whatever is wrong', () => {
  const oneCheck = [`argon2id m=19456 t=2 p=1 32 bytes`]

  test.each([
    ['an unknown user', 'correct horse', null],
    ['a wrong password', 'correct horse', storedAt('m=19456,t=2,p=1')],
    ['an empty password', '', storedAt('m=19456,t=2,p=1')],
    ['an empty password of an unknown user', '', null],
    ['an over-long password', 'x'.repeat(100_000), storedAt('m=19456,t=2,p=1')],
    ['a scheme that is unknown', 'correct horse', '{SSHA}AAAA'],
    ['a disabled password', 'correct horse', ''],
    ['a malformed argon2 hash', 'correct horse', '$argon2id$v=19$m=19456,t=2,p=1$AAAA'],
    ['an argon2 hash that names a parameter twice', 'correct horse', storedAt('m=19456,m=2,p=1')],
    ['an argon2 hash with an unknown parameter', 'correct horse', storedAt('m=19456,t=2,z=1')],
    ['memory beyond the cap', 'correct horse', storedAt('m=2097152,t=1,p=1')],
    ['passes beyond the cap', 'correct horse', storedAt('m=19456,t=4000000000,p=1')],
    ['memory times passes beyond the cap', 'correct horse', storedAt('m=262144,t=5,p=1')],
    ['lanes beyond the cap', 'correct horse', storedAt('m=19456,t=2,p=255')],
    ['no lanes at all', 'correct horse', storedAt('m=19456,t=2,p=0')],
    ['bcrypt beyond the cap', 'correct horse', `$2b$31$${'a'.repeat(53)}`],
    ['a malformed bcrypt hash', 'correct horse', '$2b$10$short'],
  ])('%s costs one hash at the usual parameters', async (_name, password, stored) => {
    const { work, hasher } = recordingHasher()
    expect(await hasher.verify(password, stored)).toBe('mismatch')
    expect(work.map(({ cost }) => cost)).toEqual(oneCheck)
  })

  test('the right password costs the same', async () => {
    const { work, hasher } = recordingHasher()
    const stored = await hasher.hash('correct horse')
    work.length = 0
    expect(await hasher.verify('correct horse', stored)).toBe('match')
    expect(work.map(({ cost }) => cost)).toEqual(oneCheck)
  })

  test('an empty password does not match, even where the stored hash is of the empty password', async () => {
    const { hasher } = recordingHasher()
    const hashOfNothing = await argon2.hash('', { memoryCost: 64, timeCost: 1, parallelism: 1 })
    expect(await hasher.verify('', hashOfNothing)).toBe('mismatch')
    expect(await createHasher({ parameters: light }).verify('', hashOfNothing)).toBe('mismatch')
  })

  test('the operator learns why a stored hash cannot be used', async () => {
    const reasons: string[] = []
    const { hasher } = recordingHasher({ onUnusableHash: (reason) => reasons.push(reason) })
    await hasher.verify('correct horse', storedAt('m=2097152,t=1,p=1'))
    await hasher.verify('correct horse', 'plain')
    expect(reasons).toEqual(['m=2097152 is outside 8..262144', 'the scheme is unknown'])
  })
})

test('a flood of sign-ins is answered with RATE_LIMITED instead of a queue without end', async () => {
  const hasher = createHasher({
    parameters: light,
    concurrency: 1,
    queueLimit: 2,
    retryAfterSeconds: 7,
  })
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => hasher.verify('correct horse', null)),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
    expect(outcome).toMatchObject({ reason: { code: 'RATE_LIMITED', details: { retryAfterSeconds: 7 } } })
    expect('reason' in outcome && outcome.reason).toBeInstanceOf(AppError)
  }
})

test('HASH-2 one network holds a quarter of the places, an IPv6 address those of its /64, and the server itself any', async () => {
  const { verify } = createPasswordHasher({ parameters: light, concurrency: 1, queueLimit: 8 })
  const outcomeFrom = (address: string | null) =>
    verify('correct horse', null, { address }).catch(({ code }: AppError) => code)
  const running = outcomeFrom('192.0.2.9')
  const arrivals: [address: string | null, outcome: string][] = [
    ['192.0.2.1', 'mismatch'],
    ['192.0.2.1', 'mismatch'],
    ['::ffff:192.0.2.1', 'RATE_LIMITED'],
    ['192.0.2.2', 'mismatch'],
    ['2001:db8:0:1::a', 'mismatch'],
    ['2001:db8:0:1::b', 'mismatch'],
    ['2001:db8:0:1::c', 'RATE_LIMITED'],
    ['2001:db8:0:2::a', 'mismatch'],
    [null, 'mismatch'],
    [null, 'mismatch'],
    [null, 'RATE_LIMITED'], // there are no more than eight places
  ]
  const outcomes = await Promise.all(arrivals.map(([address]) => outcomeFrom(address)))
  expect(outcomes).toEqual(arrivals.map(([, outcome]) => outcome))
  expect(await running).toBe('mismatch')
})

test('the default is what OWASP asks for at least', () => {
  expect(owaspParameters).toEqual({ memoryKib: 19456, passes: 2, lanes: 1 })
})
