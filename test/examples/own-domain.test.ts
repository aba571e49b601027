import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { notes } from '../../examples/own-domain/domain.js'
import { createTestDatabase, type TestDatabase } from '../../src/testing/database.js'
import { asCaller, createTestApp, type TestApp, testAdministrator } from '../../src/testing/test-app.js'
import { dataOf, send, signIn } from '../system/client.js'
import { runCommand, startReplica, stopReplica } from '../system/replica.js'

const addNote = 'mutation ($text: String!) { addNote(text: $text) { id text ownerId } }'
const allNotes = '{ notes { text ownerId } }'

describe('a domain of one’s own', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await createTestApp({ domains: [notes] })
  })
  afterAll(() => app.stop())

  const signedIn = async (scopes?: readonly string[]) => {
    const user = await app.createUser({ roles: ['member'] })
    const { accessToken } = await app.signIn(scopes ? { ...user, scopes } : user)
    return { user, token: accessToken }
  }

  test('has its scopes in the registry, and a member has what the domain grants', async () => {
    expect(app.scopes).toEqual(expect.arrayContaining(['notes:read', 'notes:write']))
  })

  test('writes and reads the notes of the caller, and nobody else’s', async () => {
    const ada = await signedIn()
    const bob = await signedIn()
    for (const text of ['first', 'second']) {
      expect((await app.post(addNote, { text }, { token: ada.token })).errors).toEqual([])
    }
    await app.post(addNote, { text: 'of Bob' }, { token: bob.token })
    const { data } = await app.post<{ notes: { text: string; ownerId: string }[] }, object>(
      allNotes,
      {},
      { token: ada.token },
    )
    expect(data?.notes.map(({ text }) => text).toSorted()).toEqual(['first', 'second'])
    // The policy lets the owner see whose notes they are, without `users:read`.
    expect(new Set(data?.notes.map(({ ownerId }) => ownerId))).toEqual(new Set([ada.user.id]))
  })

  test('writes its own actions into the audit log', async () => {
    const { user, token } = await signedIn()
    const { data } = await app.post<{ addNote: { id: string } }, object>(addNote, { text: 'x' }, { token })
    const asked = '{ auditEvents(action: "note.added", first: 1) { nodes { action actorId subjectId } } }'
    const events = await app.execute(asked, {}, asCaller({ scopes: app.scopes }))
    const event = { action: 'note.added', actorId: user.id, subjectId: user.id }
    expect(events).toMatchObject({ errors: [], data: { auditEvents: { nodes: [event] } } })
    const [{ details }] = await app.database.query(
      `SELECT details FROM audit_events WHERE action = 'note.added' ORDER BY created_at DESC LIMIT 1`,
    )
    expect(details).toMatchObject({ noteId: data?.addNote.id })
  })

  test('refuses whom the scopes refuse, before anything is written', async () => {
    const { token } = await signedIn(['notes:read'])
    expect((await app.post(addNote, { text: 'no' }, { token })).status).toBe(403)
    expect((await app.post(allNotes, {}, { token })).data).toEqual({ notes: [] })
    expect((await app.post(allNotes)).status).toBe(401)
  })

  test('refuses a note that is empty or too long, with a code that clients know', async () => {
    const { token } = await signedIn()
    for (const text of ['', 'x'.repeat(1001)]) {
      const { errors } = await app.post(addNote, { text }, { token })
      expect(errors[0]?.extensions?.['code']).toBe('BAD_USER_INPUT')
    }
  })

  test('is guarded in the test kit as over HTTP', async () => {
    const caller = asCaller({ scopes: ['users:read'] })
    expect((await app.execute(allNotes, {}, caller)).status).toBe(403)
  })
})

describe('a main of one’s own', () => {
  const main = ['--import', 'tsx', 'examples/own-domain/main.ts']
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())

  test('serves the domain, and its commands know the database: they never change its schema', async () => {
    const env = { DATABASE_URL: database.url }
    const early = await runCommand(['keys', 'list'], env, main)
    expect(early.lines.join()).toMatch(/it lacks Notes1770000000000\. Start the server once/)
    expect(early.code).toBe(1)

    const server = await startReplica(env, main)
    const { accessToken: token } = await signIn(server, testAdministrator)
    const variables = { text: 'by a main of its own' }
    expect(dataOf(await send(server, addNote, { variables, token }))).toMatchObject({ addNote: variables })
    for (const command of [
      ['keys', 'list'],
      ['audit', 'verify'],
    ]) {
      expect(await runCommand(command, env, main)).toMatchObject({ code: 0 })
    }
    expect(await stopReplica(server)).toBe(0)
  }, 120_000)
})
