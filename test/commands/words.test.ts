import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { audit } from '../../src/commands/audit.js'
import { UsageError } from '../../src/commands/command.js'
import { explain } from '../../src/commands/explain.js'
import { keys } from '../../src/commands/keys.js'
import { users } from '../../src/commands/users.js'

const folder = mkdtempSync(join(tmpdir(), 'fieldgate-words-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'query.graphql')
writeFileSync(file, 'query Me { me { id } }')
const invalid = join(folder, 'invalid.graphql')
writeFileSync(invalid, '{ me { nope } }')

const commands = { keys, audit, users, explain }

test.each<[keyof typeof commands, string[], RegExp]>([
  ['keys', [], /What is "keys"/],
  ['keys', ['rotat'], /What is "keys rotat"/],
  ['keys', ['list', 'all'], /What is "keys list all"/],
  ['keys', ['list', '--force'], /'--force'/],
  ['keys', ['compromise'], /Which key/],
  ['keys', ['compromise', 'a', 'b'], /What is "keys compromise a b"/],
  ['audit', [], /What is "audit"/],
  ['audit', ['verify', 'twice'], /What is "audit verify twice"/],
  ['audit', ['verify', '--sinc', 'x'], /'--sinc'/],
  ['audit', ['verify', '--since'], /'--since <value>' argument missing/],
  ['audit', ['verify', '--since', 'x'], /--since takes/],
  ['users', [], /What is "users"/],
  ['users', ['passwort', 'ada@example.com'], /What is "users passwort/],
  ['users', ['password'], /Whose password/],
  ['users', ['password', 'ada@example.com', 'secret'], /What is "users password/],
  ['users', ['password', 'ada@example.com', '--to', 'secret'], /'--to'/],
  ['explain', [], /Which document/],
  ['explain', [file, file], /What is "explain/],
  ['explain', ['nowhere.graphql'], /Cannot read "nowhere\.graphql"/],
  ['explain', [folder], /Cannot read/],
  ['explain', [file, '--variables', '{oops'], /--variables takes an object/],
  ['explain', [file, '--variables', '[1]'], /--variables takes an object/],
  ['explain', [file, '--variables', 'null'], /--variables takes an object/],
  ['explain', [file, '--operation', 'Mee'], /no operation "Mee"/],
  ['explain', [file, '--role', 'king'], /no seeded role "king"/],
  [
    'explain',
    [file, '--scopes', 'users:raed, x,users:read'],
    /no scope "users:raed" or "x".*users:read, users:write/,
  ],
  ['explain', [file, '--scopes', 'toString'], /no scope "toString"/],
  ['explain', [invalid], /Cannot query field "nope" on type "User"/],
])('%s %j is refused in words', async (name, words, message) => {
  const ran = commands[name].run(words, { say: () => {}, domains: [] })
  await expect(ran).rejects.toThrow(message)
  await expect(ran).rejects.toBeInstanceOf(UsageError)
})

test('right words are understood', async () => {
  const lines: string[] = []
  const words = [file, '--operation', 'Me', '--variables', '{"a": 1}', '--role', 'member']
  expect(await explain.run(words, { say: (line) => lines.push(line), domains: [] })).toBe(0)
  expect(lines.join()).toMatch(/^allow \(200\)/)
})

test('a caller without any scope is one who is signed in', async () => {
  const lines: string[] = []
  const ran = explain.run([file, '--scopes', ''], { say: (line) => lines.push(line), domains: [] })
  expect(await ran).toBe(0)
  expect(lines.join()).toMatch(/^deny \(403\)/)
})
