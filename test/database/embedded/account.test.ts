import { execFileSync } from 'node:child_process'
import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { unprivilegedAccount } from '../../../src/database/embedded/account.js'
import { isRoot, makeClone, ordinary } from '../embedded-clone.js'
import { query, useEmbeddedProcesses } from '../embedded-fixture.js'

// Each of these tests starts several servers.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const fixture = useEmbeddedProcesses()
let clone: string

beforeAll(() => {
  clone = makeClone()
})

const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/nonexistent:/bin/false\n'

test('root lends Postgres the account of `postgres`, or else of `nobody`', () => {
  expect(unprivilegedAccount(`${passwd}postgres:x:101:104::/:/bin/sh\n`)).toEqual({ uid: 101, gid: 104 })
  expect(unprivilegedAccount(passwd)).toEqual({ uid: 65_534, gid: 65_533 })
})

test('a system with neither is told what to do', () => {
  expect(() => unprivilegedAccount('root:x:0:0:root:/root:/bin/sh\n')).toThrow('start as an ordinary user')
})

const cluster = () => join(fixture.dataDir, 'postgres/cluster')

describe.runIf(isRoot)('of root', () => {
  test('a start leaves the cluster of an ordinary user usable for that user', async () => {
    for (const user of [ordinary, {}, ordinary]) {
      const process = fixture.start(clone, fixture.dataDir, user)
      expect(await query((await process.ready()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await process.stop()
    }
    expect(statSync(cluster()).uid).toBe(ordinary.uid)
  })

  test('a start takes a cluster that was restored as root', async () => {
    const first = fixture.start(clone, fixture.dataDir)
    await first.ready()
    await first.stop()
    execFileSync('chown', ['-R', 'root:root', fixture.dataDir])

    const second = fixture.start(clone, fixture.dataDir)
    expect(await query((await second.ready()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('the data are beyond an ordinary user, who is told whose they are', async () => {
    const first = fixture.start(clone, fixture.dataDir)
    await first.ready()
    await first.stop()
    const closed = fixture.start(clone, fixture.dataDir, ordinary)
    expect(await closed.line('refused')).toContain('Set DATA_DIR to a directory that this user may write.')

    chmodSync(fixture.dataDir, 0o777)
    const foreign = fixture.start(clone, fixture.dataDir, ordinary)
    const { uid } = statSync(cluster())
    expect(await foreign.line('refused')).toContain(`belongs to the user with the number ${uid}`)
  })
})
