import { describe, expect, test } from 'vitest'
import { checkedEmail, checkedName } from '../../src/users/user.js'

describe('an e-mail address', () => {
  test.each([
    ['a zero width space', 'ada@example.com\u200b'],
    ['a zero width space inside', 'a\u200bda@example.com'],
    ['a zero width joiner', 'a\u200dda@example.com'],
    ['a byte order mark', 'a\ufeffda@example.com'],
    ['a soft hyphen', 'ada@exam\u00adple.com'],
    ['a Hangul filler', 'ada\u3164@example.com'],
    ['a variation selector', 'ada\ufe0f@example.com'],
    ['a tag', 'ada\u{e0061}@example.com'],
    ['a blank of Braille', 'ada\u2800@example.com'],
    ['an override of direction', 'ada\u202e@example.com'],
    ['a character of private use', 'ada\ue000@example.com'],
    ['half of a surrogate pair', 'ada\ud800@example.com'],
  ])('is refused with %s, since it would look like another', (_what, email) => {
    expect(() => checkedEmail(email)).toThrow('This is not an e-mail address.')
  })

  test.each(['Ada@Example.com', 'jos\u00e9@b\u00fccher.example', '\u7528\u6237@\u4f8b\u5b50.example'])(
    'is taken as it was written: %s',
    (email) => expect(checkedEmail(email)).toBe(email),
  )
})

describe('a name', () => {
  test.each([
    ['a zero width space', '\u200b'],
    ['a Hangul filler', '\u3164'],
    ['joiners', '\u200d\u200c'],
    ['spaces of several kinds', '\u2003\u2800\u200b\u00a0'],
  ])('is refused where nothing of it can be seen: %s', (_what, name) => {
    expect(() => checkedName(name)).toThrow('that can be seen')
  })

  test.each([
    ['an override of direction', 'a\u202eb'],
    ['an isolate', 'a\u2066b'],
    ['an isolate at its end', 'a\u2069b'],
    ['a mark', 'a\u200fb'],
    ['an Arabic letter mark', 'a\u061cb'],
    ['a line break', 'a\nb'],
    ['a separator of lines', 'a\u2028b'],
    ['a control of the second set', 'a\u0085b'],
  ])('is refused with what rearranges the text around it: %s', (_what, name) => {
    expect(() => checkedName(name)).toThrow('direction')
  })

  test.each([
    ['a joiner, as Malayalam and emoji have them', '\u0d28\u0d4d\u200d \u{1f469}\u200d\u{1f680}'],
    ['a non-joiner, as Persian has it', '\u0645\u06cc\u200c\u062e'],
    ['Hebrew', '\u05d3\u05d5\u05d3'],
    ['a heart with its variation selector', '\u2764\ufe0f'],
  ])('may have %s', (_what, name) => expect(checkedName(name)).toBe(name))
})
