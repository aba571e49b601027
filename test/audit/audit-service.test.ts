import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/audit-event.js'
import type { AuditFilter } from '../../src/audit/audit-service.js'
import { alice, bob, createWorld, disabled, type World } from './audit-world.js'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const unlimited = { rows: 'all' } as const
const everything: AuditFilter = { actor: null, action: null, subject: null }

test('AUDIT-40 an event is there when its transaction has committed, and not before', async () => {
  const only = { ...everything, subject: 'committed' }
  await world.db.transaction(async (tx) => {
    await world.audit.record(tx, disabled('committed'))
    expect((await world.audit.listEvents({}, only, unlimited)).nodes).toEqual([])
  })
  expect((await world.audit.listEvents({}, only, unlimited)).nodes).toHaveLength(1)
})

test('AUDIT-40 an event is gone with the transaction that is rolled back', async () => {
  const failing = world.db.transaction(async (tx) => {
    await world.audit.record(tx, disabled('rolled back'))
    throw new Error('the change failed')
  })
  await expect(failing).rejects.toThrow('the change failed')
  expect(
    (await world.audit.listEvents({}, { ...everything, subject: 'rolled back' }, unlimited)).nodes,
  ).toEqual([])
})

test('AUDIT-40 a change whose event cannot be written fails too', async () => {
  const change = world.db.transaction(async (tx) => {
    await tx.query('CREATE TABLE changed ()')
    await world.audit.record(tx, { ...disabled(bob), actorId: 'a\u0000b' })
  })
  await expect(change).rejects.toThrow('invalid byte sequence')
  const [{ there }] = await world.db.query(`SELECT to_regclass('changed') AS there`)
  expect(there).toBeNull()
})

test('AUDIT-41 an event is read as it was written, and shows nothing of the chain', async () => {
  await world.record({
    action: 'roles.assigned',
    actorId: alice,
    credentialId: 'her session',
    subjectId: 'read',
    result: 'success',
    address: '2001:db8::1',
    requestId: null,
    details: { given: ['support'], taken: [] },
  })
  await world.seal()
  const { nodes } = await world.audit.listEvents({}, { ...everything, subject: 'read' }, unlimited)
  expect(nodes).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdAt: new Date('2026-01-01T00:00:00.000Z'),
      action: 'roles.assigned',
      actorId: alice,
      subjectId: 'read',
      result: 'success',
      address: '2001:db8::1',
      requestId: null,
      details: { given: ['support'], taken: [], credentialId: 'her session' },
    },
  ])
})

test('AUDIT-42 each filter narrows the list, and all that are given must match', async () => {
  await world.record(disabled('one', 'who'))
  await world.record({ ...disabled('two', 'who'), action: 'user.enabled', details: {} })
  await world.record(disabled('one', 'another'))
  const count = async (filter: Partial<AuditFilter>) =>
    (await world.audit.listEvents({}, { ...everything, ...filter }, unlimited)).nodes.length
  expect(await count({ actor: 'who' })).toBe(2)
  expect(await count({ actor: 'who', action: 'user.enabled' })).toBe(1)
  expect(await count({ subject: 'one' })).toBe(2)
  expect(await count({ subject: 'one', action: 'user.enabled' })).toBe(0)
})

test('AUDIT-43 pages of any size, either way, show each event once and in order', async () => {
  for (let count = 0; count < 17; count += 1) {
    // Several within a millisecond: then the id decides.
    if (count % 4 === 0) world.tick()
    await world.record(disabled('paged'))
  }
  const filter = { ...everything, subject: 'paged' }
  const { nodes: all } = await world.audit.listEvents({ first: 100 }, filter, unlimited)
  expect(all).toHaveLength(17)
  expect(all.map(place)).toEqual(all.map(place).toSorted().toReversed())

  const sizes = fc.integer({ min: 1, max: 20 })
  await fc.assert(
    fc.asyncProperty(sizes, fc.constantFrom('first' as const, 'last' as const), async (size, side) => {
      const seen: AuditEvent[] = []
      let cursor: string | null = null
      for (;;) {
        const page = side === 'first' ? { first: size, after: cursor } : { last: size, before: cursor }
        const { nodes, pageInfo } = await world.audit.listEvents(page, filter, unlimited)
        if (side === 'first') seen.push(...nodes)
        else seen.unshift(...nodes)
        cursor = side === 'first' ? pageInfo.endCursor : pageInfo.startCursor
        if (side === 'first' ? !pageInfo.hasNextPage : !pageInfo.hasPreviousPage) break
      }
      expect(seen).toEqual(all)
    }),
    { numRuns: 15 },
  )
})

function place({ createdAt, id }: AuditEvent): string {
  return `${createdAt.toISOString()} ${id}`
}

test('knows from where a user has shown a password: to the client that is asked about, or to consent', async () => {
  const by = { actorId: alice, credentialId: null, requestId: null }
  const origin = { ...by, subjectId: alice, result: 'success' } as const
  const session = { ...origin, action: 'session.started' } as const
  await world.record({ ...session, address: '192.0.2.1', details: { sessionId: '1', clientId: 'ours' } })
  await world.record({ ...session, address: '192.0.2.2', details: { sessionId: '2', clientId: 'another' } })
  await world.record({
    ...origin,
    action: 'consent.given',
    address: '192.0.2.3',
    details: { clientId: 'another', scopes: [] },
  })
  const addresses = await world.audit.signInAddresses(world.db, alice, 'ours')
  expect(addresses.toSorted()).toEqual(['192.0.2.1', '192.0.2.3'])
  expect(await world.audit.signInAddresses(world.db, bob, 'ours')).toEqual([])
})
