import { parse } from 'graphql'
import { afterEach, expect, test } from 'vitest'
import { createApp, type Domain, readConfig } from '../src/fieldgate.js'
import { createTestDatabase, type TestDatabase } from '../src/testing/database.js'
import { createTestApp } from '../src/testing/test-app.js'
import { captureLog } from './support/log-capture.js'

const databases: TestDatabase[] = []
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop()
})

async function configuration() {
  const database = await createTestDatabase()
  databases.push(database)
  return readConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: database.url,
    MASTER_KEY: Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64'),
    LOG_LEVEL: 'silent',
  })
}

/** A domain that only starts and stops. */
const domain = (name: string, life: Pick<ReturnType<Domain['connect']>, 'start' | 'stop'>): Domain => ({
  name,
  connect: () => ({ resolvers: {}, ...life }),
})
const failing = (message: string) => () => Promise.reject(new Error(message))

test('a stop ends everything, though some of it fail, and tells what failed', async () => {
  const ended: string[] = []
  const first = domain('first', { stop: async () => void ended.push('first') })
  const app = await createApp({
    config: await configuration(),
    domains: [
      first,
      domain('one', { stop: failing('one fails') }),
      domain('two', { stop: failing('two fails') }),
    ],
  })
  const stopped = app.stop()
  await expect(stopped).rejects.toThrow(/two fails[^]*one fails/)
  expect(app.stop()).toBe(stopped)
  expect(ended).toEqual(['first'])
  expect(app.database.isInitialized).toBe(false)
})

test('a start that fails says why, though the stop after it fails too', async () => {
  const { log, text } = captureLog()
  const domains = [domain('one', { stop: failing('no end') }), domain('two', { start: failing('no start') })]
  const started = createApp({ config: await configuration(), domains, log })
  await expect(started).rejects.toThrow('no start')
  expect(text()).toContain('no end')
})

test('a start that is refused makes no administrator: the next one does, and tells the password', async () => {
  const config = await configuration()
  const open: Domain = { ...domain('open', {}), typeDefs: parse('extend type Query { open: Int }') }
  await expect(createApp({ config, domains: [open] })).rejects.toThrow('Query.open')
  const app = await createApp({ config })
  expect(app.firstAdministrator).toEqual({ email: config.administrator.email, password: expect.any(String) })
  await app.stop()
})

test('a stop begins with a drain: not ready, and everything is still answered', async () => {
  const app = await createTestApp({ env: { DRAIN_SECONDS: '3' } })
  const url = await app.listen()
  const stopped = app.stop()
  const ready = await fetch(`${url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', notReady: ['draining'] }])
  const answer = await fetch(`${url}/graphql?query={__typename}`, {
    headers: { 'apollo-require-preflight': '1' },
  })
  expect(await answer.json()).toEqual({ data: { __typename: 'Query' } })
  await stopped
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})
