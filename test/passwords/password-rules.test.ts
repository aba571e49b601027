import { describe, expect, test } from 'vitest'
import { requireAcceptablePassword } from '../../src/passwords/password-rules.js'

const check = (password: string, email = 'ada.lovelace@example.com') =>
  requireAcceptablePassword({ password, email, field: 'newPassword' })

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
  ])('%s', async (_name, password, message) => {
    await expect(check(password)).rejects.toMatchObject(refusal(message))
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
  ])('%s', async (_name, password) => {
    await expect(check(password)).resolves.toBeUndefined()
  })

  test('that is 128 characters after composing 256 typed ones', async () => {
    await expect(check('e\u0301'.repeat(128))).resolves.toBeUndefined()
  })
})
