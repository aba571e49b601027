import { describe, expect, test } from 'vitest'
import { requireAcceptablePassword } from '../../src/passwords/password-rules.js'

const faultOf = (password: string): unknown => {
  try {
    requireAcceptablePassword({ password, email: 'ada.lovelace@example.com', field: 'newPassword' })
    return null
  } catch (error) {
    return error
  }
}

const refusal = (message: RegExp) => ({
  code: 'BAD_USER_INPUT',
  message: expect.stringMatching(message),
  details: { field: 'newPassword' },
})

describe('a new password is refused', () => {
  test.each([
    ['when it is empty', '', /at least 8/],
    ['when it has 7 characters', 'kx7-qpz', /at least 8/],
    ['when it has 7 characters that take 14 code units', '🐘🐫🐏🦒🦓🦛🦏', /at least 8/],
    ['when it only looks long before normalising', 'e\u0301'.repeat(7), /at least 8/],
    ['when it has 129 characters', 'k'.repeat(129), /at most 128/],
    ['when it is enormous', 'k'.repeat(1_000_000), /at most 128/],
    ['when it holds half of a surrogate pair', 'good \ud83d enough', /valid Unicode/],
    ['when it is common', 'baseball', /lists that attackers/],
    ['when it is common in other letters', 'BaseBall', /lists that attackers/],
    ['when it is common in full-width letters', 'ｂａｓｅｂａｌｌ', /lists that attackers/],
    ['when it is the e-mail address', 'Ada.Lovelace@Example.com', /e-mail/],
    ['when it is the name in the e-mail address', 'ada.LOVELACE', /e-mail/],
  ])('%s', (_name, password, message) => {
    expect(faultOf(password)).toMatchObject(refusal(message))
  })
})

describe('a new password is accepted', () => {
  test.each([
    ['of 8 characters of one kind', 'kxqpzvwm'],
    ['of 128 characters', 'kq'.repeat(64)],
    ['of 128 characters that take 256 code units', '🐘🐫'.repeat(64)],
    ['with spaces at both ends', ' kx qpzvwm '],
    ['that contains a common one', 'baseball in the rain'],
    ['that contains a line break', 'kxq\npzvwm'],
  ])('%s', (_name, password) => {
    expect(faultOf(password)).toBeNull()
  })

  test('that is 128 characters after composing 256 typed ones', () => {
    expect(faultOf('e\u0301'.repeat(128))).toBeNull()
  })
})
