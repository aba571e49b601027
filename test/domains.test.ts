import type { IResolvers } from '@graphql-tools/utils'
import { GraphQLScalarType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp, type Domain, readConfig } from '../src/fieldgate.js'
import { createTestDatabase, type TestDatabase } from '../src/testing/database.js'
import { createTestApp } from '../src/testing/test-app.js'

const allowAll = { dependsOn: 'request', check: () => true } as const
const scope = { description: 'For a test', implies: [], grantedTo: [] }

describe('a name that two domains define', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  async function start(domains: readonly Domain[], url = database.url): Promise<unknown> {
    const config = readConfig({
      NODE_ENV: 'test',
      DATABASE_URL: url,
      MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64'),
      LOG_LEVEL: 'silent',
    })
    const app = await createApp({ config, domains })
    return app.stop()
  }

  const plain = { resolvers: {} }
  const billing: Domain = {
    name: 'billing',
    scopes: { 'users:read': scope, 'bills:read': scope },
    policies: { isSelf: allowAll },
    connect: () => plain,
  }

  test('stops the start before the database is touched, and all of them are told with their domains', async () => {
    const shop: Domain = { name: 'shop', scopes: { 'bills:read': scope }, connect: () => plain }
    const started = start([billing, shop], 'postgres://127.0.0.1:1/nothing')
    await expect(started).rejects.toThrow('The scope "users:read" is defined by users and by billing.')
    await expect(started).rejects.toThrow('The scope "bills:read" is defined by billing and by shop.')
  })

  test('is as wrong for a policy', async () => {
    const { scopes: _, ...policies } = billing
    await expect(start([policies])).rejects.toThrow('The policy "isSelf" is defined by users and by billing.')
  })

  test('is as wrong for a policy that comes with the services', async () => {
    const late: Domain = { name: 'late', connect: () => ({ ...plain, policies: { isSelf: allowAll } }) }
    await expect(start([late])).rejects.toThrow('The policy "isSelf" is defined by users and by late.')
  })

  test('is as wrong for a resolver: the rules of the field were made for the other one', async () => {
    const late = (name: string, resolvers: IResolvers): Domain => ({ name, connect: () => ({ resolvers }) })
    const register = late('late', {
      Mutation: { register: () => ({ userId: '1' }) },
      User: { email: () => '' },
    })
    const started = start([register])
    await expect(started).rejects.toThrow('Mutation.register has a resolver of Fieldgate and one of late.')
    await expect(started).rejects.not.toThrow('User.email')
    const dates = late('dates', { DateTime: new GraphQLScalarType({ name: 'DateTime' }) })
    const other = late('other', { DateTime: new GraphQLScalarType({ name: 'DateTime' }) })
    await expect(start([dates, other])).rejects.toThrow('DateTime has a resolver of dates and one of other.')
  })
})

test('a domain that takes a right away can wait until no replica grants it', async () => {
  let settled = async () => {}
  const locks: Domain = {
    name: 'locks',
    connect({ revocationsSettled }) {
      settled = revocationsSettled
      return { resolvers: {} }
    },
  }
  const app = await createTestApp({ domains: [locks] })
  try {
    const user = await app.createUser({ roles: ['member'] })
    const { accessToken: token } = await app.signIn(user)
    expect((await app.post('{ me { id } }', {}, { token })).status).toBe(200)
    await app.database.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
    await settled()
    expect((await app.post('{ me { id } }', {}, { token })).status).toBe(401)
  } finally {
    await app.stop()
  }
})
