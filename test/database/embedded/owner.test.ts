import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
import { claimDirectory } from '../../../src/database/embedded/owner.js'
import { processStart } from '../../../src/database/embedded/process.js'
import { DatabaseError } from '../../../src/database/error.js'
import { deferred } from '../../support/deferred.js'

const parent = mkdtempSync(join(tmpdir(), 'fieldgate-owner-'))
afterAll(() => rmSync(parent, { recursive: true }))

const living = { pid: process.pid, started: processStart(process.pid) }
const gone = { pid: process.pid, started: 'before this process' }
/** In which no number means one of our processes. */
const elsewhere = { namespace: 'pid:[of another container]' }

function makeDirectory() {
  const dataDir = mkdtempSync(join(parent, 'data-'))
  const file = join(dataDir, 'postgres.owner')
  return {
    dataDir,
    write: (claim: object) => writeFileSync(file, JSON.stringify(claim)),
    read: (): object => JSON.parse(readFileSync(file, 'utf8')),
  }
}

// Only time tells that nobody touches a file: these wait side by side.
describe.concurrent('The claim of another container', () => {
  test('is respected while its process lives, and stays as it is', async ({ expect }) => {
    const { dataDir, write, read } = makeDirectory()
    const release = await claimDirectory(dataDir)
    const claim = { ...read(), ...elsewhere }
    write(claim)
    await expect(claimDirectory(dataDir)).rejects.toThrow(DatabaseError)
    expect(read()).toEqual(claim)
    expect(readdirSync(dataDir)).toEqual(['postgres.owner'])
    release()
  })

  test('is waited for while it may be given back, by all starts at once, of which one gets it', async ({
    expect,
  }) => {
    const { dataDir, write, read } = makeDirectory()
    const giveBack = await claimDirectory(dataDir)
    write({ ...read(), ...elsewhere })
    const starts = [claimDirectory(dataDir), claimDirectory(dataDir)]
    giveBack()
    const outcomes = await Promise.allSettled(starts)
    const lost = outcomes.filter(({ status }) => status === 'rejected')
    expect(lost).toEqual([{ status: 'rejected', reason: expect.any(DatabaseError) }])
    giveBack() // once more, as after standing still for too long: it is somebody else's by now
    expect(readdirSync(dataDir)).toEqual(['postgres.owner'])
  })

  test('is taken over when it is not touched any more, whoever has its number here', async ({ expect }) => {
    const { dataDir, write, read } = makeDirectory()
    write({ ...living, ...elsewhere })
    const release = await claimDirectory(dataDir)
    expect(read()).toMatchObject(living)
    expect(read()).not.toMatchObject(elsewhere)
    release()
    expect(readdirSync(dataDir)).toEqual([])
  })
})

describe.concurrent('A claim that another process has taken over', () => {
  test('is told to who stood still, and left to the other', async ({ expect }) => {
    const { dataDir, write, read } = makeDirectory()
    const lost = deferred<void>()
    const release = await claimDirectory(dataDir, lost.resolve)
    const claim = { ...living, ...elsewhere, id: 'of the other' }
    write(claim)
    await lost.promise
    release()
    expect(read()).toEqual(claim)
  })
})

describe('The claim of an earlier version, which names no container, is judged by its process:', () => {
  test('it is respected while that one lives, and stays as it is', async ({ expect }) => {
    const { dataDir, write, read } = makeDirectory()
    write(living)
    await expect(claimDirectory(dataDir)).rejects.toThrow(DatabaseError)
    expect(read()).toEqual(living)
    expect(readdirSync(dataDir)).toEqual(['postgres.owner'])
  })

  test('it is taken over when its number is that of a later process', async ({ expect }) => {
    const { dataDir, write, read } = makeDirectory()
    write(gone)
    const release = await claimDirectory(dataDir)
    expect(read()).toMatchObject(living)
    release()
  })
})
