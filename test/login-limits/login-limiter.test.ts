import * as fc from 'fast-check'
import type { DataSource } from 'typeorm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/database/data-source.js'
import { countersOf, type LimitName, type LoginLimits } from '../../src/login-limits/login-failure.js'
import { readCounts, removeOldCounts } from '../../src/login-limits/login-failure-rows.js'
import { loginFailureTable } from '../../src/login-limits/login-failure-table.js'
import { createLoginLimiter, type LoginFailureEvent } from '../../src/login-limits/login-limiter.js'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'

const limits: LoginLimits = {
  account: { failures: 6, seconds: 3600 },
  address: { failures: 5, seconds: 900 },
  accountAndAddress: { failures: 3, seconds: 900 },
}
const startMs = Date.parse('2026-01-01T00:00:00.000Z')

let database: TestDatabase
let dataSource: DataSource
let clockMs = startMs
let known: string[] = []
let told: LoginFailureEvent[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const tables = [loginFailureTable]
  dataSource = await openDatabase({ url: database.url, poolSize: 10, tables, migrations: [] })
})
afterAll(async () => {
  await dataSource.destroy()
  await database.drop()
})
afterEach(async () => {
  await dataSource.query('TRUNCATE login_failures')
  ;[clockMs, known, told] = [startMs, [], []]
})

const now = () => new Date(clockMs)

/** One of several replicas: each remembers refusals of its own. */
function replica() {
  const limiter = createLoginLimiter({
    now,
    limits,
    accountOf: (email) => email.toLowerCase(),
    knownAddresses: async (_tx, userId) => (userId === 'ada' ? known : []),
    recordAudit: async (_tx, event) => void told.push(event),
  })

  /** As sign-in uses it; userId is the e-mail address. */
  async function signIn(email: string, address: string | null, password: 'right' | 'wrong') {
    try {
      const attempt = limiter.begin({ email, address, requestId: null })
      return await dataSource.transaction(async (tx) => {
        const admission = password === 'right' ? await limiter.admission(tx, attempt, email) : null
        if (admission?.verdict !== 'open')
          return (await limiter.countFailure(tx, attempt, email)) ?? 'refused'
        await limiter.forgetFailures(tx, admission)
        return 'signed in'
      })
    } catch (error) {
      return error
    }
  }
  const limited = (seconds: number) => ({ code: 'RATE_LIMITED', details: { retryAfterSeconds: seconds } })
  return { signIn, limited }
}

const fail = async (times: number, email: string, address: string) => {
  for (let time = 0; time < times; time += 1) await replica().signIn(email, address, 'wrong')
}

describe('failed attempts to sign in', () => {
  test('to one account from one address are refused when there were too many, right or wrong, on every replica', async () => {
    const [one, other] = [replica(), replica()]
    expect(await one.signIn('ada', '192.0.2.1', 'wrong')).toBe('refused')
    clockMs += 60_000
    expect(await other.signIn('ada', '192.0.2.1', 'wrong')).toBe('refused')
    expect(await one.signIn('ADA', '192.0.2.1', 'wrong')).toBe('refused')
    for (const { signIn, limited } of [one, other, replica()]) {
      expect(await signIn('ada', '192.0.2.1', 'right')).toMatchObject(limited(840))
      expect(await signIn('ada', '192.0.2.1', 'wrong')).toMatchObject(limited(840))
    }
  })

  test('are refused until the window is over that the first of them opened', async () => {
    const { signIn, limited } = replica()
    await fail(3, 'ada', '192.0.2.1')
    clockMs += 899_999
    expect(await signIn('ada', '192.0.2.1', 'right')).toMatchObject(limited(1))
    clockMs += 1
    expect(await signIn('ada', '192.0.2.1', 'right')).toBe('signed in')
  })

  test('to one account leave others, and other addresses, alone', async () => {
    const { signIn } = replica()
    await fail(3, 'ada', '192.0.2.1')
    expect(await signIn('bob', '192.0.2.1', 'right')).toBe('signed in')
    expect(await signIn('ada', '192.0.2.2', 'right')).toBe('signed in')
  })

  test('are forgotten by a right password, but not those of the address', async () => {
    const { signIn, limited } = replica()
    await fail(2, 'ada', '192.0.2.1')
    expect(await signIn('ada', '192.0.2.1', 'right')).toBe('signed in')
    await fail(2, 'ada', '192.0.2.1')
    expect(await signIn('ada', '192.0.2.1', 'right')).toBe('signed in')
    await fail(1, 'bob', '192.0.2.1')
    for (const email of ['ada', 'bob', 'eve'])
      expect(await signIn(email, '192.0.2.1', 'right')).toMatchObject(limited(900))
  })

  test('to one account from everywhere leave it open only where its user has signed in before', async () => {
    for (const last of [1, 2, 3]) await fail(2, 'ada', `192.0.2.${last}`)
    known = ['198.51.100.7', '2001:db8:0:1::a']
    const { signIn, limited } = replica()
    expect(await signIn('ada', '203.0.113.9', 'right')).toMatchObject(limited(3600))
    expect(await signIn('ada', '198.51.100.7', 'wrong')).toBe('refused')
    expect(await signIn('ada', null, 'right')).toMatchObject(limited(3600))
    expect(await signIn('ada', '198.51.100.7', 'right')).toBe('signed in')
    expect(await signIn('ada', '2001:db8:0:1::b', 'right')).toBe('signed in')
    // That takes nothing back: it is open there, and nowhere else.
    expect(await signIn('ada', '203.0.113.10', 'right')).toMatchObject(limited(3600))
  })

  test('beyond a limit count as much when they are right as when they are wrong', async () => {
    const counts = []
    for (const password of ['right', 'wrong'] as const) {
      await dataSource.query('TRUNCATE login_failures')
      told = []
      await fail(3, 'ada', '192.0.2.1')
      await replica().signIn('ada', '192.0.2.1', password)
      counts.push([await dataSource.query('SELECT * FROM login_failures ORDER BY key'), told])
    }
    expect(counts[0]).toEqual(counts[1])
  })

  test('from a known address are limited all the same, for the time of that address alone', async () => {
    known = ['192.0.2.1']
    for (const last of [7, 8, 9]) await fail(2, 'ada', `192.0.2.${last}`)
    clockMs += 60_000
    await fail(3, 'ada', '192.0.2.1')
    const { signIn, limited } = replica()
    expect(await signIn('ada', '192.0.2.1', 'right')).toMatchObject(limited(900))
    clockMs += 900_000
    expect(await signIn('ada', '192.0.2.1', 'right')).toBe('signed in')
  })

  test('from one /64 of IPv6 are from one address, and a mapped IPv4 address is an IPv4 address', async () => {
    const { signIn, limited } = replica()
    for (const last of [1, 2, 3]) await fail(1, 'ada', `2001:db8:0:1::${last}`)
    expect(await signIn('ada', '2001:db8:0:1:ffff::', 'right')).toMatchObject(limited(900))
    expect(await signIn('ada', '2001:db8:0:2::1', 'right')).toBe('signed in')
    await fail(3, 'bob', '::ffff:192.0.2.1')
    expect(await signIn('bob', '192.0.2.1', 'right')).toMatchObject(limited(900))
  })

  test('are told to the audit log, and once that they reached a limit', async () => {
    await fail(5, 'ada', '192.0.2.1')
    await fail(3, 'bob', '192.0.2.1')
    const limited = told.flatMap((event) =>
      event.action === 'login.limited' ? [[event.userId, event.limit]] : [],
    )
    expect(told).toHaveLength(8 + 3)
    expect(limited).toEqual([
      ['ada', 'accountAndAddress'],
      ['ada', 'address'],
      ['bob', 'accountAndAddress'],
    ])
  })

  test('are counted one by one, however many come at once, and nobody locks another out', async () => {
    const emails = ['ada', 'bob', 'eve']
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        replica().signIn(emails[index % 3] ?? '', '192.0.2.1', index % 10 === 9 ? 'right' : 'wrong'),
      ),
    )
    const failed = answers.filter((answer) => answer !== 'signed in')
    const limited = failed.filter((answer) => answer !== 'refused')
    expect(new Set(limited.map((answer) => Reflect.get(Object(answer), 'code')))).toEqual(
      new Set(['RATE_LIMITED']),
    )
    const counts = await readCounts(dataSource.manager, countersOf('ada', '192.0.2.1', limits), now())
    expect(counts.find(({ name }) => name === 'address')?.failures).toBe(failed.length)
  })

  test('are refused from memory, without asking the database', async () => {
    const { signIn, limited } = replica()
    await fail(3, 'ada', '192.0.2.1')
    expect(await signIn('ada', '192.0.2.1', 'right')).toMatchObject(limited(900))
    await dataSource.query('TRUNCATE login_failures')
    expect(await signIn('ada', '192.0.2.1', 'right')).toMatchObject(limited(900))
    expect(await signIn('ada', '192.0.2.2', 'right')).toBe('signed in')
  })

  test('leave no addresses in the table, and no rows when they are over', async () => {
    await fail(1, 'ada', '192.0.2.1')
    const rows = await dataSource.query<object[]>('SELECT * FROM login_failures')
    expect(rows).toHaveLength(3)
    expect(JSON.stringify(rows)).not.toMatch(/ada|192/)
    clockMs += 900_000
    expect(await removeOldCounts(dataSource.manager, now(), 1)).toBe(1)
    expect(await removeOldCounts(dataSource.manager, now(), 10)).toBe(1)
    expect(await dataSource.query('SELECT FROM login_failures')).toHaveLength(1)
  })
})

type Step = {
  email: string
  address: string
  password: 'right' | 'wrong'
  replica: number
  afterSeconds: number
}

describe('a sequence of attempts', () => {
  const anyStep: fc.Arbitrary<Step> = fc.record({
    email: fc.constantFrom('ada', 'bob'),
    address: fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3'),
    password: fc.constantFrom('right', 'wrong', 'wrong', 'wrong'),
    replica: fc.nat(1),
    afterSeconds: fc.constantFrom(0, 0, 1, 300, 899),
  })

  test('is answered as by one who keeps a list of windows', () =>
    fc.assert(
      fc
        .asyncProperty(fc.array(anyStep, { minLength: 10, maxLength: 40 }), async (steps) => {
          const replicas = [replica(), replica()]
          const model = createModel()
          for (const step of steps) {
            clockMs += step.afterSeconds * 1000
            const answer = await replicas[step.replica]?.signIn(step.email, step.address, step.password)
            expect(answer instanceof Error ? 'limited' : answer).toBe(model.signIn(step))
          }
        })
        .beforeEach(async () => {
          await dataSource.query('TRUNCATE login_failures')
          clockMs = startMs
          known = ['192.0.2.1'] // to ada
        }),
      { numRuns: Number(process.env['FAST_CHECK_RUNS'] ?? 40) },
    ))
})

/**
 * The rule itself, slowly: a window is a list of its failures. A replica refuses what it has refused without counting it;
 * one that does not know of the refusal counts once more.
 */
function createModel() {
  const windows = new Map<string, number[]>()
  const refusedUntil = new Map<string, number>()

  const endOf = (name: LimitName, [first = Number.NEGATIVE_INFINITY]: readonly number[]) =>
    first + limits[name].seconds * 1000
  const open = (name: LimitName, subject: string) => {
    const window = windows.get(`${name} ${subject}`) ?? []
    return clockMs < endOf(name, window) ? window : []
  }

  return {
    signIn({ email, address, password, replica: place }: Step) {
      const subjects: [LimitName, string][] = [
        ['account', email],
        ['address', address],
        ['accountAndAddress', `${email} ${address}`],
      ]
      const refusals = [`${place} address`, `${place} ${email}`].map((scope) => `${scope} at ${address}`)
      if (refusals.some((refusal) => (refusedUntil.get(refusal) ?? 0) > clockMs)) return 'limited'

      const isKnown = email === 'ada' && address === '192.0.2.1'
      const reached = subjects.filter(
        ([name, subject]) =>
          open(name, subject).length >= limits[name].failures && !(name === 'account' && isKnown),
      )
      for (const [name, subject] of subjects) {
        if (password === 'wrong' || reached.length > 0)
          windows.set(`${name} ${subject}`, [...open(name, subject), clockMs])
        else if (name === 'accountAndAddress') windows.delete(`${name} ${subject}`)
      }
      if (reached.length === 0) return password === 'wrong' ? 'refused' : 'signed in'
      const ofAddress = reached.filter(([name]) => name === 'address')
      const decisive = ofAddress.length > 0 ? ofAddress : reached
      const until = Math.max(...decisive.map(([name, subject]) => endOf(name, open(name, subject))))
      refusedUntil.set(refusals[ofAddress.length > 0 ? 0 : 1] ?? '', until)
      return 'limited'
    },
  }
}
