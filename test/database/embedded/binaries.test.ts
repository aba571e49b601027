import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { giveOwnVersion, isRoot, makeClone, makeDirectory, ordinary, packageOf } from '../embedded-clone.js'
import { query, useEmbeddedProcesses } from '../embedded-fixture.js'

// Each of these tests starts several servers.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const fixture = useEmbeddedProcesses()
let clone: string
let copyName: string

beforeAll(() => {
  clone = makeClone()
  copyName = giveOwnVersion(clone)
})

/** As npm leaves the package where it runs no install scripts. */
function removeLinks(): void {
  const libraries = join(packageOf(clone), 'native/lib')
  for (const name of readdirSync(libraries)) {
    if (lstatSync(join(libraries, name)).isSymbolicLink()) rmSync(join(libraries, name))
  }
}

test('the links that an install script would have made are made at the start', async () => {
  removeLinks()
  const process = fixture.start(clone, fixture.dataDir)
  expect(await query((await process.ready()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(process.lines[0]).toMatch(/^Creating/)
})

test('where the user may not make the links, a copy in the cache of the user runs', async () => {
  removeLinks()
  execFileSync('chmod', ['-R', 'a-w', packageOf(clone)])
  const home = makeDirectory()
  const env = { HOME: home }

  const first = fixture.start(clone, fixture.dataDir, ordinary, env)
  expect(await query((await first.ready()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(first.lines[0]).toContain(
    `Copying the Postgres binaries to ${join(home, '.cache/fieldgate', copyName)}`,
  )
  await first.stop()

  const second = fixture.start(clone, fixture.dataDir, ordinary, env)
  await second.ready()
  expect(second.lines).toHaveLength(1)
})

test.runIf(isRoot)('root runs a project, data and all, in a home that nobody else may enter', async () => {
  const copy = join('/var/cache/fieldgate', copyName)
  chmodSync(dirname(clone), 0o700)
  const dataDir = join(clone, '.data')
  try {
    const first = fixture.start(clone, dataDir)
    await query((await first.ready()).url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    expect(first.lines[0]).toContain(`Copying the Postgres binaries to ${copy}`)
    await first.kill()

    const second = fixture.start(clone, dataDir)
    expect(await query((await second.ready()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    expect(second.lines.map((line) => line.split(' ')[0])).toEqual(['Stopping', 'ready'])
    await second.stop()
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
})
