import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp, testAdministrator } from '../src/testing/test-app.js'
import { openSocket } from './support/socket-client.js'

let app: TestApp
let url: string

beforeAll(async () => {
  app = await createTestApp({ env: { DECISION_METRICS: 'true' } })
  url = await app.listen()
})
afterAll(() => app.stop())

const read = async () => (await app.http.app.inject('/metrics')).payload

/** The value of a line, which names its labels in the order of the metric. */
async function valueOf(series: string): Promise<number | null> {
  const line = (await read()).split('\n').find((text) => text.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length + 1))
}

test('docs/metrics.md names every metric of its own that there is, and no other', async () => {
  await app.post('{ me { id } }') // a metric with labels shows no line before it has counted
  const told = [...(await read()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
  const own = told.filter((name) => !/^(process|nodejs)_/.test(String(name)))
  const rows = (await readFile('docs/metrics.md', 'utf8')).matchAll(/^\| `(\w+)`/gm)
  expect(new Set([...rows].map(([, name]) => name))).toEqual(new Set(own))
})

test('operations are counted by kind and by what came of them, whatever the status says', async () => {
  const series = (kind: string, code: string) => `graphql_operations_total{kind="${kind}",code="${code}"}`
  const before = {
    ok: await valueOf(series('mutation', 'OK')),
    refused: await valueOf(series('mutation', 'INVALID_CREDENTIALS')),
  }
  await app.signIn(testAdministrator)
  await app.post('mutation { login(email: "nobody@example.com", password: "a guess") { sessionId } }')
  await app.post('{ me { ')
  expect(await valueOf(series('mutation', 'OK'))).toBe((before.ok ?? 0) + 1)
  expect(await valueOf(series('mutation', 'INVALID_CREDENTIALS'))).toBe((before.refused ?? 0) + 1)
  expect(await valueOf(series('none', 'GRAPHQL_PARSE_FAILED'))).toBe(1)
})

test('sign-ins, refusals and stolen tokens are counted as the audit log has them', async () => {
  const series = (action: string, result: string, reason = '') =>
    `audit_events_total{action="${action}",result="${result}",reason="${reason}"}`
  expect(await valueOf(series('session.ended', 'success', 'replayed'))).toBe(0)
  const { refreshToken } = await app.signIn(testAdministrator)
  const refresh = 'mutation ($token: String!) { refresh(refreshToken: $token) { refreshToken } }'
  const { data } = await app.post<{ refresh: { refreshToken: string } }, object>(refresh, {
    token: refreshToken,
  })
  await app.post(refresh, { token: data?.refresh.refreshToken })
  await app.post(refresh, { token: refreshToken })
  expect(await valueOf(series('session.ended', 'success', 'replayed'))).toBe(1)
  expect(await valueOf(series('session.started', 'success'))).toBeGreaterThan(0)
})

test('what is held at this moment is told: sockets, connections, revocations', async () => {
  expect(await valueOf('graphql_sockets')).toBe(0)
  const socket = await openSocket(url, { init: 'without payload' })
  expect(await socket.next()).toEqual({ type: 'connection_ack' })
  expect(await valueOf('graphql_sockets')).toBe(1)
  socket.close()
  await socket.closed
  await expect.poll(() => valueOf('graphql_sockets')).toBe(0)

  // By polling: rounds in the background use connections, too, and a machine that is busy may lose the lease.
  await expect.poll(() => valueOf('database_connections{state="idle"}')).toBeGreaterThan(0)
  await expect.poll(() => valueOf('database_connections{state="waiting"}')).toBe(0)
  await expect.poll(() => valueOf('revocations_followed')).toBe(1)
  const heldBefore = (await valueOf('revocations_held')) ?? Number.NaN
  const { accessToken: token } = await app.signIn(testAdministrator)
  await app.post('mutation { logout }', {}, { token })
  expect(await valueOf('revocations_held')).toBe(heldBefore + 1)
})
