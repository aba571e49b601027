import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorCatalogue } from '../../src/errors.js'

/** Whose refusals are shown in `error_description`, of a challenge or of an OAuth answer. */
const rooms = ['api-keys', 'authentication', 'login-limits', 'oauth', 'passwords', 'sessions', 'tokens']
const makers = /(?:malformed|invalidToken|invalidClient|issuedToAnother)\(\s*(['"`])(.*?)\1/gs
const oauthErrors = /new OAuthError\(\s*'[a-z_]+',\s*(['"`])(.*?)\1/gs
const members = /\b(?:description|fault|message)(?::| =)\s*(['"`])(.*?)\1/gs

function descriptionsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  return [makers, oauthErrors, members].flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, , text = '']) => text),
  )
}

test('AUTH-8 what is said of a refusal MUST be of the characters that RFC 6750 3 and RFC 6749 5.2 have', () => {
  const files = rooms.flatMap((room) =>
    readdirSync(join('src', room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join('src', room, file)),
  )
  const written = [
    ...files.flatMap(descriptionsOf),
    ...Object.values(errorCatalogue).map(({ message }) => message),
  ]
  expect(written).toEqual(
    expect.arrayContaining([
      'More than one Authorization header was sent.',
      'The token has been revoked.',
      'PKCE with S256 is required.',
      'The parameter ${name} is missing.',
    ]),
  )
  expect(written.length).toBeGreaterThan(60)
  expect(written.filter((text) => !/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/.test(text))).toEqual([])
})
