import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashClientSecret } from '../../src/clients/client.js'
import { asCaller, createTestApp, type TestApp } from '../../src/testing/test-app.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

type Made = { client: { id: string; disabledAt: string | null }; secret: string | null }
const fields = '{ client { id name kind redirectUris scopes disabledAt } secret }'
const input = { name: 'reports', kind: 'CONFIDENTIAL', redirectUris: [], scopes: ['users:read'] }

async function run(document: string, variables: object, scopes: readonly string[] = app.scopes) {
  const { data, errors } = await app.execute<Record<string, Made>, Record<string, unknown>>(
    document,
    { ...variables },
    asCaller({ scopes }),
  )
  return { made: Object.values(data ?? {})[0], code: errors[0]?.extensions?.['code'] }
}
const create = (changes: object = {}, scopes?: readonly string[]) =>
  run(
    `mutation ($input: CreateServiceClientInput!) { createServiceClient(input: $input) ${fields} }`,
    { input: { ...input, ...changes } },
    scopes,
  )
const rotate = (id: string, seconds = 0, scopes?: readonly string[]) =>
  run(
    `mutation ($id: ID!, $seconds: Int!) { rotateServiceClientSecret(id: $id, overlapSeconds: $seconds) ${fields} }`,
    { id, seconds },
    scopes,
  )
const disable = (id: string) =>
  run('mutation ($id: ID!) { disableServiceClient(id: $id) { id disabledAt } }', { id })

async function made(answer: ReturnType<typeof create>): Promise<Made> {
  const { made: result, code } = await answer
  if (!result) throw new Error(`Nothing was made: ${String(code)}`)
  return result
}
const rowOf = async (id: string) =>
  (await app.database.query<Record<string, unknown>[]>('SELECT * FROM clients WHERE id = $1', [id]))[0]
const eventsOf = (id: string) =>
  app.database.query<object[]>(`SELECT kind FROM revocation_events WHERE subject = $1`, [id])

test('CLIENT-10 a confidential client gets a secret, of which the hash alone is kept', async () => {
  const { client, secret } = await made(create())
  expect(client).toMatchObject({ name: 'reports', kind: 'CONFIDENTIAL', scopes: ['users:read'] })
  expect(secret).toMatch(/^fgs_[A-Za-z0-9_-]{43}$/)
  expect((await rowOf(client.id))?.['secret_hash']).toEqual(hashClientSecret(secret ?? ''))
})

test('CLIENT-11 a public client has none, and somewhere to send its users back to', async () => {
  const redirectUris = ['https://app.example.com/callback']
  expect(await made(create({ kind: 'PUBLIC', redirectUris }))).toMatchObject({ secret: null })
  expect((await create({ kind: 'PUBLIC' })).code).toBe('BAD_USER_INPUT')
})

test('CLIENT-12 nobody gives a client what they lack, or what there is none of', async () => {
  expect((await create({}, ['clients:manage'])).code).toBe('INVALID_SCOPE')
  expect((await create({ scopes: ['no:such'] })).code).toBe('INVALID_SCOPE')
  expect((await create({ scopes: [] })).code).toBe('INVALID_SCOPE')
  expect((await create({}, ['users:read'])).code).toBe('FORBIDDEN')
  expect((await create({ name: '' })).code).toBe('BAD_USER_INPUT')
})

test('CLIENT-13 a planned rotation keeps the secret before for a while, and revokes nothing', async () => {
  const { client, secret } = await made(create())
  const next = await made(rotate(client.id, 60))
  const row = await rowOf(client.id)
  expect(row?.['secret_hash']).toEqual(hashClientSecret(next.secret ?? ''))
  expect(row?.['previous_secret_hash']).toEqual(hashClientSecret(secret ?? ''))
  expect(await eventsOf(client.id)).toEqual([])
})

test('CLIENT-18 nobody is shown the secret of a client that may do what they may not', async () => {
  const { client, secret } = await made(create())
  expect(await rotate(client.id, 60, ['clients:manage'])).toMatchObject({ code: 'FORBIDDEN' })
  expect((await rowOf(client.id))?.['secret_hash']).toEqual(hashClientSecret(secret ?? ''))
  await made(rotate(client.id, 60, ['clients:manage', 'users:read']))
})

test('CLIENT-14 a rotation at once forgets both secrets before, and revokes what they brought', async () => {
  const { client } = await made(create())
  await rotate(client.id, 60)
  const { secret } = await made(rotate(client.id))
  expect(await rowOf(client.id)).toMatchObject({
    secret_hash: hashClientSecret(secret ?? ''),
    previous_secret_hash: null,
  })
  expect(await eventsOf(client.id)).toEqual([{ kind: 'client' }])
  expect((await rotate(client.id, -1)).code).toBe('BAD_USER_INPUT')
})

test('CLIENT-15 disabling is for good, is written down once, and revokes', async () => {
  const { client } = await made(create())
  await disable(client.id)
  await disable(client.id)
  expect((await rowOf(client.id))?.['disabled_at']).toBeInstanceOf(Date)
  expect(await eventsOf(client.id)).toEqual([{ kind: 'client' }])
  const audit = await app.database.query<object[]>(
    'SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY created_at, action',
    [client.id],
  )
  expect(audit).toEqual([{ action: 'client.created' }, { action: 'client.disabled' }])
})

test('CLIENT-19 the audit log knows a client by one id, however the caller writes it', async () => {
  const { client } = await made(create())
  await made(rotate(client.id.toUpperCase(), 60))
  expect((await disable(client.id.toUpperCase())).code).toBeUndefined()
  const audit = await app.database.query<object[]>(
    'SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY action',
    [client.id],
  )
  expect(audit).toEqual([
    { action: 'client.created' },
    { action: 'client.disabled' },
    { action: 'client.secret-rotated' },
  ])
})

test('CLIENT-16 what there is none of cannot be changed', async () => {
  for (const id of ['00000000-0000-4000-8000-000000000009', 'fieldgate']) {
    expect((await rotate(id)).code).toBe('NOT_FOUND')
    expect((await disable(id)).code).toBe('NOT_FOUND')
  }
  const { client } = await made(create({ kind: 'PUBLIC', redirectUris: ['https://app.example.com/'] }))
  expect((await rotate(client.id)).code).toBe('BAD_USER_INPUT')
})
