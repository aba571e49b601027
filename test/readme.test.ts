import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../src/testing/database.js'
import { type Replica, startReplica, stopReplica } from './system/replica.js'

/** The walk through the README, as somebody pastes it. */
const walk = readFileSync('README.md', 'utf8').split('## Five minutes')[1]?.split('\n## ')[0] ?? ''
const blocks = (language: string) =>
  [...walk.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text)

const administrator = { email: 'admin@localhost.localdomain', password: 'another-for-tests' }

let database: TestDatabase
let server: Replica
beforeAll(async () => {
  database = await createTestDatabase()
  server = await startReplica({
    DATABASE_URL: database.url,
    NODE_ENV: 'development',
    ADMIN_EMAIL: administrator.email,
    ADMIN_PASSWORD: administrator.password,
  })
})
afterAll(async () => {
  await stopReplica(server)
  await database.drop()
})

/** Ids and times differ from run to run. */
const normal = (text: string) =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '(time)')

test('the README says what its commands print', () => {
  const pasted = blocks('sh')
    .join('')
    .replaceAll('http://127.0.0.1:4000', server.url)
    .replace(/^PASSWORD=.*$/m, `PASSWORD='${administrator.password}'`)
  const { stdout, stderr } = spawnSync('bash', { input: pasted, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(normal(stdout)).toBe(normal(blocks('text').join('')))
})
