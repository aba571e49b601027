import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  asCaller,
  createTestApp,
  type TestApp,
  testAdministrator,
  type TestUser,
} from '../../src/testing/test-app.js'
import { openSocket } from '../support/socket-client.js'

let app: TestApp
let member: TestUser
let other: TestUser
let url: string

beforeAll(async () => {
  app = await createTestApp({ env: { PORT: '0' } })
  url = await app.listen()
  member = await app.createUser({ roles: ['member'] })
  other = await app.createUser({ roles: ['member'] })
  for (let session = 0; session < 3; session++) await app.signIn(member)
  await app.signIn(other)
})
afterAll(() => app.stop())

type Events = {
  auditEvents: {
    totalCount: number
    nodes: { action: string; subjectId: string; details: { name: string; values: string[] }[] }[]
    pageInfo: { hasNextPage: boolean; endCursor: string }
  }
}

const list = `query ($first: Int = 100, $after: String, $subject: ID, $action: String) {
  auditEvents(first: $first, after: $after, subject: $subject, action: $action) {
    totalCount nodes { action subjectId details { name values } } pageInfo { hasNextPage endCursor }
  }
}`

async function eventsFor(id: string, scopes: readonly string[], variables: Record<string, unknown> = {}) {
  const answer = await app.execute<Events, Record<string, unknown>>(list, variables, asCaller({ id, scopes }))
  expect(answer.errors).toEqual([])
  if (!answer.data) throw new Error('no data')
  return answer.data.auditEvents
}

test('AUDIT-50 a member sees the events that concern the member, and no others', async () => {
  const { nodes, totalCount } = await eventsFor(member.id, ['profile:read'])
  expect(nodes.map(({ action }) => action)).toEqual([
    'session.started',
    'session.started',
    'session.started',
    'user.created',
  ])
  expect(new Set(nodes.map(({ subjectId }) => subjectId))).toEqual(new Set([member.id]))
  expect(totalCount).toBe(4)
})

test('AUDIT-50 pages and counts are of what the caller may see', async () => {
  const first = await eventsFor(member.id, ['profile:read'], { first: 3 })
  expect(first.nodes).toHaveLength(3)
  expect(first.totalCount).toBe(4)
  expect(first.pageInfo.hasNextPage).toBe(true)
  const second = await eventsFor(member.id, ['profile:read'], { first: 3, after: first.pageInfo.endCursor })
  expect(second.nodes).toHaveLength(1)
  expect(second.pageInfo.hasNextPage).toBe(false)
})

test('AUDIT-50 asking for the events of somebody else finds none', async () => {
  expect(await eventsFor(member.id, ['profile:read'], { subject: other.id })).toMatchObject({
    nodes: [],
    totalCount: 0,
  })
})

test('AUDIT-50 with audit:read all events are seen', async () => {
  const { nodes, totalCount } = await eventsFor('somebody', ['profile:read', 'audit:read'])
  expect(new Set(nodes.map(({ subjectId }) => subjectId)).size).toBeGreaterThan(2)
  expect(totalCount).toBe(nodes.length)
})

test('AUDIT-50 without profile:read nothing is, though it concerned the caller', async () => {
  const { errors, data } = await app.execute(list, {}, asCaller({ id: member.id, scopes: [] }))
  expect(data).toBeUndefined()
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', coordinate: 'Query.auditEvents' } }])
})

test('AUDIT-50 the list costs one statement, whoever asks, and the count another', async () => {
  const { driver } = app.database
  const runner = driver.createQueryRunner('master')
  await runner.release()
  const statements: string[] = []
  // The upkeep speaks of positions in the chain, and runs beside.
  const ofLists = () =>
    statements.filter((text) => text.includes('"audit_events"') && !text.includes('position'))
  const { logger } = app.database
  const logQuery = logger.logQuery.bind(logger)
  app.database.setOptions({ logging: ['query'] })
  app.database.logger.logQuery = (query) => void statements.push(query)
  try {
    const query = '{ auditEvents(first: 50) { nodes { action details { name } } } }'
    await app.execute(query, {}, asCaller({ id: member.id, scopes: ['profile:read'] }))
    expect(ofLists()).toHaveLength(1)
    statements.length = 0
    await eventsFor(member.id, ['profile:read'])
    expect(ofLists()).toHaveLength(2)
  } finally {
    app.database.logger.logQuery = logQuery
  }
})

test('AUDIT-52 an event says what its actor came with: a session, or an API key', async () => {
  const { accessToken, sessionId } = await app.signIn(other)
  const credentialOf = async (subject: string, action: string) => {
    type Credentials = { auditEvents: { nodes: { credentialId: string | null }[] } }
    const { data } = await app.execute<Credentials, Record<string, unknown>>(
      `query ($subject: ID, $action: String) {
         auditEvents(first: 1, subject: $subject, action: $action) { nodes { credentialId } }
       }`,
      { subject, action },
      asCaller({ id: subject, scopes: ['profile:read'] }),
    )
    return data?.auditEvents.nodes[0]?.credentialId
  }
  expect(await credentialOf(other.id, 'session.started')).toBeNull()

  const { data } = await app.post<{ createApiKey: { key: string; apiKey: { id: string } } }, object>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }',
    { input: { name: 'a key', scopes: ['profile:write'] } },
    { token: accessToken },
  )
  expect(await credentialOf(other.id, 'api-key.created')).toBe(sessionId)

  const rename = 'mutation { updateProfile(input: { name: "Another" }) { id } }'
  const byKey = await app.post(rename, {}, { headers: { 'x-api-key': data?.createApiKey.key ?? '' } })
  expect(byKey.errors).toEqual([])
  expect(await credentialOf(other.id, 'user.updated')).toBe(data?.createApiKey.apiKey.id)

  const { accessToken: later, sessionId: laterId } = await app.signIn(other)
  const revoke = 'mutation ($id: ID!) { revokeSession(id: $id) }'
  expect((await app.post(revoke, { id: sessionId }, { token: later })).errors).toEqual([])
  expect(await credentialOf(other.id, 'session.ended')).toBe(laterId)
})

describe('from where and with what an event was done', () => {
  const [home, office, elsewhere] = ['192.0.2.1', '198.51.100.1', '203.0.113.1']
  const trace = 'action address requestId credentialId'
  type Trace = {
    action: string
    address: string | null
    requestId: string | null
    credentialId: string | null
  }
  type Traces = { auditEvents: { nodes: Trace[] } }
  let proxied: TestApp
  let ada: TestUser

  /** Somebody at this address asks. */
  async function ask<Data>(address: string, document: string, token?: string) {
    const headers = { 'x-forwarded-for': address }
    return proxied.post<Data, object>(document, {}, { headers, ...(token !== undefined && { token }) })
  }
  async function signIn({ email, password }: Pick<TestUser, 'email' | 'password'>, address: string) {
    type Tokens = { login: { accessToken: string; sessionId: string } | null }
    const login = `mutation { login(email: "${email}", password: "${password}") { accessToken sessionId } }`
    return (await ask<Tokens>(address, login)).data?.login ?? { accessToken: '', sessionId: '' }
  }
  const tracesFor = (token: string) =>
    ask<Traces>(home, `{ auditEvents(first: 50) { nodes { ${trace} } } }`, token)

  beforeAll(async () => {
    proxied = await createTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
    ada = await proxied.createUser({ roles: ['member'] })
    await signIn(ada, home)
    await signIn({ ...ada, password: 'a guess' }, elsewhere)
    const { accessToken } = await signIn(testAdministrator, office)
    await ask(office, `mutation { disableUser(id: "${ada.id}") { id } }`, accessToken)
    await ask(office, `mutation { enableUser(id: "${ada.id}") { id } }`, accessToken)
    await ask(office, `mutation { setUserRoles(userId: "${ada.id}", roles: []) { id } }`, accessToken)
    await ask(office, `mutation { setUserRoles(userId: "${ada.id}", roles: ["member"]) { id } }`, accessToken)
  })
  afterAll(() => proxied.stop())

  test('AUDIT-53 is shown of what the caller did, and of what nobody known did to the caller', async () => {
    const { accessToken } = await signIn(ada, home)
    const nodes = (await tracesFor(accessToken)).data?.auditEvents.nodes ?? []
    const addressesOf = (action: string) =>
      new Set(nodes.filter((node) => node.action === action).map(({ address }) => address))
    expect(addressesOf('session.started')).toEqual(new Set([home]))
    expect(addressesOf('login.refused')).toEqual(new Set([elsewhere]))
    const refused = nodes.find(({ action }) => action === 'login.refused')
    expect(refused?.requestId).toEqual(expect.any(String))
  })

  test('AUDIT-53 is hidden of what somebody else did by right, with an error that says so', async () => {
    const { accessToken } = await signIn(ada, home)
    const { data, errors, status } = await tracesFor(accessToken)
    const nodes = data?.auditEvents.nodes ?? []
    const byOthers = ['user.disabled', 'user.enabled', 'session.ended', 'roles.assigned']
    for (const action of byOthers) {
      const others = nodes.filter((node) => node.action === action)
      expect(others).toContainEqual({ action, address: null, requestId: null, credentialId: null })
      expect(others.filter(({ address }) => address !== null)).toEqual([])
    }
    expect(status).toBe(200)
    expect(JSON.stringify(data)).not.toContain(office)
    // One for the list, however many events it is about.
    const hidden = nodes.filter(({ action }) => byOthers.includes(action) || action === 'user.created').length
    expect(errors.map(({ extensions }) => extensions)).toMatchObject(
      ['address', 'requestId', 'credentialId'].map((field) => ({
        code: 'FORBIDDEN',
        coordinate: `AuditEvent.${field}`,
        occurrences: hidden,
      })),
    )
  })

  test('AUDIT-53 is shown of everything to audit:read', async () => {
    const { accessToken, sessionId } = await signIn(testAdministrator, office)
    await ask(
      office,
      `mutation { setUserRoles(userId: "${ada.id}", roles: ["member", "support"]) { id } }`,
      accessToken,
    )
    const { data, errors } = await tracesFor(accessToken)
    expect(errors).toEqual([])
    const assigned = data?.auditEvents.nodes.find(({ action }) => action === 'roles.assigned')
    expect(assigned).toMatchObject({
      address: office,
      credentialId: sessionId,
      requestId: expect.any(String),
    })
  })
})

test('AUDIT-51 the subscription delivers the event of a real change, to audit:read only', async () => {
  const { accessToken } = await app.signIn({
    email: 'admin@example.com',
    password: 'an administrator for tests',
  })
  const watcher = await openSocket(url, { init: { authorization: `Bearer ${accessToken}` } })
  expect(await watcher.next()).toEqual({ type: 'connection_ack' })
  watcher.start('1', 'subscription { auditEvents { action subjectId } }')
  watcher.start('probe', '{ me { id } }')
  // The sign-in a moment ago may be sealed only now, and be announced in between.
  await watcher.messageThat(({ id, type }) => id === 'probe' && type === 'complete')
  const created = await app.createUser({ roles: ['member'] })
  const event = { data: { auditEvents: { action: 'user.created', subjectId: created.id } } }
  await watcher.messageThat(({ payload }) => JSON.stringify(payload) === JSON.stringify(event))

  const { accessToken: ofMember } = await app.signIn(member)
  const curious = await openSocket(url, { init: { authorization: `Bearer ${ofMember}` } })
  expect(await curious.next()).toEqual({ type: 'connection_ack' })
  curious.start('1', 'subscription { auditEvents { action } }')
  expect(await curious.next()).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'FORBIDDEN' } }],
  })
})

test('AUTH-7 a socket closes when its session ends', async () => {
  const { accessToken } = await app.signIn(member)
  const client = await openSocket(url, { init: { authorization: `Bearer ${accessToken}` } })
  expect(await client.next()).toEqual({ type: 'connection_ack' })
  const { errors } = await app.post('mutation { logout }', {}, { token: accessToken })
  expect(errors).toEqual([])
  expect(await client.closed).toEqual({ code: 4403, reason: 'Forbidden' })
})
