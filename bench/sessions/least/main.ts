import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import jwt from 'jsonwebtoken'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'
import { derive } from '../derive.js'

// The least that can be called a sign-in: how much of argon2id is left to any server that shares its cores with Postgres
// and its clients. No GraphQL, no rules, no audit; `LEAST=hash` leaves out the database and the signature, too.

const hashOnly = process.env['LEAST'] === 'hash'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 })
pool.on('error', () => {})

const userId = randomUUID()
if (!hashOnly) {
  await pool.query(`
    CREATE SCHEMA IF NOT EXISTS least;
    CREATE TABLE IF NOT EXISTS least.users (id uuid PRIMARY KEY, salt bytea NOT NULL);
    CREATE TABLE IF NOT EXISTS least.sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL, token_hash bytea NOT NULL)`)
  await pool.query('INSERT INTO least.users VALUES ($1, $2)', [userId, randomBytes(16)])
}

async function signIn(password: string): Promise<{ accessToken: string; refreshToken: string }> {
  if (hashOnly) {
    await derive(password)
    return { accessToken: '', refreshToken: '' }
  }
  await pool.query({ name: 'user', text: 'SELECT * FROM least.users WHERE id = $1', values: [userId] })
  await derive(password)
  const sessionId = randomUUID()
  await pool.query({
    name: 'session',
    text: 'INSERT INTO least.sessions VALUES ($1, $2, $3)',
    values: [sessionId, userId, randomBytes(32)],
  })
  const accessToken = jwt.sign({ sub: userId, sid: sessionId }, privateKey, {
    algorithm: 'ES256',
    expiresIn: 300,
  })
  return { accessToken, refreshToken: randomBytes(32).toString('base64url') }
}

async function answer(request: IncomingMessage): Promise<string> {
  if (request.url === '/metrics') {
    const { user, system } = process.cpuUsage()
    return `process_cpu_seconds_total ${(user + system) / 1e6}\n`
  }
  const { variables } = (await json(request)) as { variables: { password: string } }
  return JSON.stringify({ data: { login: await signIn(variables.password) } })
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await answer(request)
  response.setHeader('Content-Length', Buffer.byteLength(body)).end(body)
}

const server = createServer((request, response) => {
  respond(request, response).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
process.once('SIGTERM', () => process.exit(0))
