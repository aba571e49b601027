import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { audit } from '../../src/commands/audit.js'
import { keys } from '../../src/commands/keys.js'

const folder = mkdtempSync(join(tmpdir(), 'fieldgate-mistyped-'))
const mistyped = join(folder, 'dtaa')
beforeAll(() => void vi.stubEnv('DATA_DIR', mistyped))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test.each([
  { command: keys, words: ['list'] },
  { command: audit, words: ['verify'] },
])('where there is no database a command makes none: $words', async ({ command, words }) => {
  const lines: string[] = []
  const ran = command.run(words, { say: (line) => lines.push(line), domains: [] })
  await expect(ran).rejects.toThrow(`There is no database in ${mistyped}. Set DATA_DIR`)
  expect(lines).toEqual([])
  expect(existsSync(mistyped)).toBe(false)
})
