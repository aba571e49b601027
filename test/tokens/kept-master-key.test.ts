import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keepMasterKey } from '../../src/tokens/kept-master-key.js'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'fieldgate-master-key-'))
})
afterEach(() => rm(parent, { recursive: true }))

describe('the master key beside the embedded database', () => {
  test('is made once and found again', async () => {
    const first = await keepMasterKey(join(parent, 'data'), randomBytes)
    expect(Buffer.from(first, 'base64')).toHaveLength(32)
    expect(await keepMasterKey(join(parent, 'data'), randomBytes)).toBe(first)
  })

  test('can be read by its owner alone, and leaves no draft behind', async () => {
    await keepMasterKey(parent, randomBytes)
    expect((await stat(join(parent, 'master-key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(parent)).toEqual(['master-key'])
  })

  test('is one key for all that make it at the same time', async () => {
    const dataDir = join(parent, 'data')
    const made = await Promise.all(Array.from({ length: 10 }, () => keepMasterKey(dataDir, randomBytes)))
    expect(new Set(made).size).toBe(1)
    expect(await readFile(join(dataDir, 'master-key'), 'utf8')).toBe(made[0])
    expect(await readdir(dataDir)).toEqual(['master-key'])
  })

  test('that cannot be looked for is not replaced', async () => {
    await writeFile(join(parent, 'file'), '')
    await expect(keepMasterKey(join(parent, 'file'), randomBytes)).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})
