import { EventEmitter, once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { isAlive, processStart } from '../../src/database/embedded/process.js'
import { startEmbeddedPostgres } from '../../src/database/embedded.js'
import { isRoot, makeClone, ordinary } from './embedded-clone.js'
import { query, useEmbeddedProcesses } from './embedded-fixture.js'

// Each of these tests starts several servers.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const fixture = useEmbeddedProcesses()
let clone: string

beforeAll(() => {
  clone = makeClone()
})

const start = (user = {}) => fixture.start(clone, fixture.dataDir, user)

/** Each kind of user that this machine lets the tests be. */
const users = [{ name: 'an ordinary user', user: ordinary }, ...(isRoot ? [{ name: 'root', user: {} }] : [])]

describe.each(users)('started as $name', ({ user }) => {
  test('the first start creates a cluster and says so; the second finds its data', async () => {
    const first = start(user)
    await query((await first.ready()).url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await first.stop()
    expect(first.lines[0]).toBe(`Creating the database cluster in ${join(fixture.dataDir, 'postgres')} ...`)

    const second = start(user)
    expect(await query((await second.ready()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(second.lines).toHaveLength(1)
  })

  test('kill -9 leaves a server behind, which the next start stops; no committed row is lost', async () => {
    const first = start(user)
    const { postgres, url } = await first.ready()
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await first.kill()
    expect(isAlive(postgres)).toBe(true)

    const second = start(user)
    expect(await query((await second.ready()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    const stopping = `Stopping the Postgres (process ${postgres}) that an earlier start left behind ...`
    expect(second.lines[0]).toBe(stopping)
    expect(processStart(postgres)).toBe(null)
  })
})

test('kill -9 of server and process together is recovered from', async () => {
  const first = start()
  const { postgres, url } = await first.ready()
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  process.kill(postgres, 'SIGKILL')
  await first.kill()

  const second = start()
  expect(await query((await second.ready()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('a second start on the directory of a living one is refused and names it', async () => {
  const first = start()
  const { url } = await first.ready()
  expect(await start().line('refused')).toBe(
    `refused Another Fieldgate (process ${first.pid}) already uses ${fixture.dataDir}. ` +
      'Stop it, or set DATA_DIR to another directory, or share a Postgres server by DATABASE_URL.',
  )
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('of two starts at once on a new directory one gets it and the other is told', async () => {
  const both = [start(), start()]
  const words = await Promise.all(
    both.map((process) => Promise.any([process.line('ready'), process.line('refused')])),
  )
  expect(words.map((line) => line.split(' ')[0])).toEqual(expect.arrayContaining(['ready', 'refused']))
})

test('a creation that was killed is begun anew', async () => {
  const first = start()
  await first.line('Creating')
  await first.kill()

  const second = start()
  expect(await query((await second.ready()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(second.lines[0]).toMatch(/^Creating/)
  expect(readdirSync(fixture.dataDir).toSorted()).toEqual(['postgres', 'postgres.owner'])
})

test('a process that was given the number of a former server is neither stopped nor in the way', async () => {
  const stranger = fixture.start(clone, `${fixture.dataDir}-of-a-stranger`)
  await stranger.ready()
  const first = start()
  await first.ready()
  const serverFile = join(fixture.dataDir, 'postgres/cluster/postmaster.pid')
  const [, ...rest] = readFileSync(serverFile, 'utf8').split('\n')
  await first.stop()
  writeFileSync(serverFile, [stranger.pid, ...rest].join('\n'))

  const second = start()
  expect(await query((await second.ready()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(isAlive(stranger.pid)).toBe(true)
})

test('Ctrl-C, which reaches the whole process group, leaves the database running for the drain', async () => {
  const first = start()
  const { url } = await first.ready()
  first.interruptGroup()
  await first.line('interrupted')
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('the server speaks UTF-8, listens on 127.0.0.1 alone and wants the password, kept for its user only', async () => {
  const server = await startEmbeddedPostgres({ dataDir: fixture.dataDir })
  try {
    const settings = `SELECT current_setting('server_encoding') AS encoding, lower('É') AS lower,
      current_setting('listen_addresses') AS addresses, current_setting('unix_socket_directories') AS sockets`
    expect(await query(server.url, settings)).toEqual([
      { encoding: 'UTF8', lower: 'é', addresses: '127.0.0.1', sockets: '' },
    ])
    const guess = new URL(server.url)
    guess.password = 'guess'
    await expect(query(guess.href, 'SELECT 1')).rejects.toThrow('password authentication failed')
    expect(statSync(join(fixture.dataDir, 'postgres/password')).mode & 0o777).toBe(0o600)
    expect(statSync(fixture.dataDir).mode & 0o777).toBe(0o700)
  } finally {
    await server.stop()
  }
})

test('what Postgres refuses is reported in its own words, and the directory is free again', async () => {
  const failed = startEmbeddedPostgres({ dataDir: fixture.dataDir, settings: { shared_buffers: 'plenty' } })
  await expect(failed).rejects.toThrow(/^Postgres does not start in .*"shared_buffers": "plenty"/s)
  const server = await startEmbeddedPostgres({ dataDir: fixture.dataDir })
  await server.stop()
})

test('a server that dies by itself is reported with its last words', async () => {
  const reports = new EventEmitter<{ line: [string] }>()
  const report = (line: string) => reports.emit('line', line)
  const server = await startEmbeddedPostgres({ dataDir: fixture.dataDir, report })
  const death = once(reports, 'line')
  process.kill(server.pid, 'SIGINT')
  expect((await death)[0]).toMatch(/has stopped by itself:.*received fast shutdown request/s)
  await server.stop()
})

test('a server whose directory another process has taken over ends at once, and says why', async () => {
  const reports = new EventEmitter<{ line: [string] }>()
  const report = (line: string) => reports.emit('line', line)
  const server = await startEmbeddedPostgres({ dataDir: fixture.dataDir, report })
  const word = once(reports, 'line')
  const claim = { pid: process.pid, started: 'before this process', id: 'of another' }
  writeFileSync(join(fixture.dataDir, 'postgres.owner'), JSON.stringify(claim))
  expect((await word)[0]).toMatch(/^Another Fieldgate has taken .* over/)
  expect((await once(reports, 'line'))[0]).toMatch(/has stopped by itself/)
  await server.stop()
})

test('a directory with something else in it is left alone', async () => {
  const photos = join(fixture.dataDir, 'postgres/photos.zip')
  mkdirSync(join(fixture.dataDir, 'postgres'), { recursive: true })
  writeFileSync(photos, 'precious')
  await expect(startEmbeddedPostgres({ dataDir: fixture.dataDir })).rejects.toThrow(
    'holds something that is not a database cluster of Fieldgate (photos.zip)',
  )
  expect(readFileSync(photos, 'utf8')).toBe('precious')
})

test('the claim of a process whose number another one has now is taken over', async () => {
  mkdirSync(fixture.dataDir)
  const claim = { pid: process.pid, started: 'before this process' }
  writeFileSync(join(fixture.dataDir, 'postgres.owner'), JSON.stringify(claim))
  const server = await startEmbeddedPostgres({ dataDir: fixture.dataDir })
  await server.stop()
  expect(readdirSync(fixture.dataDir)).toEqual(['postgres'])
})

test('a lost password file is named in the refusal', async () => {
  await (await startEmbeddedPostgres({ dataDir: fixture.dataDir })).stop()
  rmSync(join(fixture.dataDir, 'postgres/password'))
  await expect(startEmbeddedPostgres({ dataDir: fixture.dataDir })).rejects.toThrow(
    `${join(fixture.dataDir, 'postgres/password')} cannot be read. Restore that file.`,
  )
})
