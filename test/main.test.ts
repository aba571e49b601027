import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { roomyDirectory } from '../src/testing/database.js'

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(await roomyDirectory(), 'fieldgate-main-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

type Run = { process: ChildProcess; lines: string[]; url: string }

/** The server as a process of its own. Resolves when it is ready, or has ended. */
async function run(env: Record<string, string>, ...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, ['dist/main.js', ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir, ...env },
  })
  const lines: string[] = []
  const ended = once(child, 'close')
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        if (line.startsWith('Stop with')) resolve()
      })
    }
  })
  await Promise.race([ready, ended])
  const url = lines.map((line) => /ready at (http\S+)/.exec(line)?.[1]).find((found) => found !== undefined)
  return { process: child, lines, url: url ?? '' }
}

async function stop({ process: child }: Run): Promise<number | null> {
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  const [code] = await ended
  return code as number | null
}

async function signIn(url: string, email: string, password: string): Promise<unknown> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      query:
        'mutation ($email: String!, $password: String!) { login(email: $email, password: $password) { tokenType } }',
      variables: { email, password },
    }),
  })
  return ((await response.json()) as { data?: unknown }).data
}

test('starts on nothing, shows the password once, keeps its data through kill -9, and refuses a second start', async () => {
  const first = await run({})
  const password = first.lines.map((line) => /^ +password +(\S+)/.exec(line)?.[1]).find(Boolean) ?? ''
  const email = first.lines.map((line) => /^ +e-mail +(\S+)/.exec(line)?.[1]).find(Boolean) ?? ''
  expect(await signIn(first.url, email, password)).toEqual({ login: { tokenType: 'Bearer' } })

  const second = await run({})
  expect(second.process.exitCode).toBe(1)
  expect(second.lines.join('\n')).toContain(dataDir)

  const killed = once(first.process, 'close')
  first.process.kill('SIGKILL')
  await killed
  const again = await run({})
  expect(again.lines.join('\n')).not.toContain('password')
  expect(await signIn(again.url, email, password)).toEqual({ login: { tokenType: 'Bearer' } })
  expect(await stop(again)).toBe(0)
  expect(again.lines.at(-1)).toBe('Stopped.')
}, 120_000)

test('ends when its address is taken, and has shown the password before', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const { process: child, lines } = await run({ PORT: String(port), DATA_DIR: join(dataDir, 'taken') })
  other.close()
  expect(child.exitCode).toBe(1)
  const text = lines.join('\n')
  expect(text).toContain(`address already in use 127.0.0.1:${port}`)
  expect(text).toMatch(/^ +password +\S+/m)
  expect(text).not.toMatch(/^ +at /m)
}, 120_000)

test('points nobody to an explorer that production does not have', async () => {
  const production = {
    NODE_ENV: 'production',
    PUBLIC_URL: 'https://api.example.com',
    MASTER_KEY: randomBytes(32).toString('base64'),
    DATA_DIR: join(dataDir, 'production'),
  }
  const started = await run(production)
  expect((await fetch(`${started.url}/`)).status).toBe(404)
  expect(started.lines.join('\n')).not.toContain('explorer')
  expect(await stop(started)).toBe(0)
}, 120_000)

test('tells every problem of the configuration, and nothing more', async () => {
  const { process: child, lines } = await run({ PORT: 'http', LOG_LEVEL: 'loud' })
  expect(child.exitCode).toBe(1)
  expect(lines.join('\n')).toMatch(/2 problems[^]*PORT[^]*LOG_LEVEL[^]*docs\/reference\/config\.md/)
  expect(lines.join('\n')).not.toContain('at ')
})

test('says how it is used', async () => {
  const { process: child, lines } = await run({}, '--help')
  expect(child.exitCode).toBe(0)
  expect(lines.join('\n')).toContain('Usage')
})

test('tells what is wrong with a command, along with its usage, before it opens anything', async () => {
  const untouched = { DATA_DIR: join(dataDir, 'untouched') }
  const wrong: [RegExp, string, ...string[]][] = [
    [/There is no command "keyz"\.[^]*Usage: fieldgate/, 'keyz'],
    [/"keys rotat"[^]*fieldgate keys list/, 'keys', 'rotat'],
    [/Cannot read "nowhere"[^]*fieldgate explain DOCUMENT/, 'explain', 'nowhere'],
  ]
  for (const [expected, ...words] of wrong) {
    const { process: child, lines } = await run(untouched, ...words)
    const said = lines.join('\n')
    expect(said).toMatch(expected)
    expect(said).not.toMatch(/^ +at /m)
    expect(child.exitCode).toBe(1)
  }
  await expect(access(untouched.DATA_DIR)).rejects.toThrow('ENOENT')
}, 120_000)
