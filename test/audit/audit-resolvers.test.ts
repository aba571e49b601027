import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { graphql, parse, subscribe } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuditFeed } from '../../src/audit/audit-feed.js'
import { createAuditResolvers } from '../../src/audit/audit-resolvers.js'
import { alice, bob, createWorld, type World } from './audit-world.js'

let world: World
let feed: ReturnType<typeof createAuditFeed>

beforeAll(async () => {
  world = await createWorld()
  feed = createAuditFeed({ db: world.db, capacity: 10 })
  await feed.open()
})
afterAll(() => world.close())

const typeDefs = ['directives', 'scalars', 'audit'].map((name) =>
  readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8'),
)
const schema = () =>
  makeExecutableSchema({
    typeDefs: [...typeDefs, 'type Query'],
    resolvers: { ...createAuditResolvers({ audit: world.audit, feed, rowsOf: () => ({ rows: 'all' }) }) },
  })

const fields = 'action result actorId subjectId address requestId credentialId details { name values }'
const shown = {
  action: 'roles.assigned',
  result: 'REFUSED',
  actorId: alice,
  subjectId: bob,
  address: '192.0.2.7',
  requestId: 'request-1',
  credentialId: 'her session',
  details: [
    { name: 'given', values: ['admin'] },
    { name: 'taken', values: [] },
  ],
}

async function recordShown() {
  const origin = { actorId: alice, credentialId: 'her session', address: '192.0.2.7', requestId: 'request-1' }
  await world.record({
    ...origin,
    action: 'roles.assigned',
    subjectId: bob,
    result: 'refused',
    details: { given: ['admin'], taken: [] },
  })
}

test('the query lists events with their details by name', async () => {
  await recordShown()
  const source = `{ auditEvents(first: 5, subject: "${bob}") { nodes { ${fields} } pageInfo { hasNextPage } } }`
  const { data, errors } = await graphql({ schema: schema(), source })
  expect(errors).toBeUndefined()
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    auditEvents: { nodes: [shown], pageInfo: { hasNextPage: false } },
  })
})

test('the subscription announces events in the same shape, and lets go of the feed when it is cancelled', async () => {
  await world.seal()
  await feed.announce()
  const document = parse(`subscription { auditEvents { ${fields} } }`)
  const stream = await subscribe({ schema: schema(), document })
  if (!('next' in stream)) throw new Error(`refused: ${JSON.stringify(stream.errors)}`)
  await recordShown()
  await world.seal()
  await feed.announce()
  const { value } = await stream.next()
  expect(JSON.parse(JSON.stringify(value))).toEqual({ data: { auditEvents: shown } })
  expect((await stream.return(undefined)).done).toBe(true)
  expect((await stream.next()).done).toBe(true)
})
