import { parseValue } from 'graphql'
import { expect, test } from 'vitest'
import { dateTime } from '../../src/graphql/date-time.js'

test.each([
  ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
  ['2026-01-31t09:30:00.25z', '2026-01-31T09:30:00.250Z'],
  ['2024-02-29T23:59:59-05:00', '2024-03-01T04:59:59.000Z'],
])('%s is a moment', (text, utc) => {
  expect(dateTime.parseValue(text).toISOString()).toBe(utc)
  expect(dateTime.parseLiteral(parseValue(`"${text}"`)).toISOString()).toBe(utc)
})

test.each([
  '2026-01-31',
  '2026-02-30T00:00:00Z',
  '2026-01-31T25:00:00Z',
  '2026-01-31T09:30Z',
  'now',
  '',
  0,
  null,
  {},
])('%j is none', (value) => {
  expect(() => dateTime.parseValue(value)).toThrow('RFC 3339')
})

test('a literal of another kind is none', () => {
  expect(() => dateTime.parseLiteral(parseValue('1769850600'))).toThrow('RFC 3339')
})

test('what goes out is UTC with milliseconds', () => {
  expect(dateTime.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
})

test.each([new Date('no'), '2026-01-31T09:30:00Z', 0])('a resolver that gives %j has a fault', (value) => {
  expect(() => dateTime.serialize(value)).toThrow(TypeError)
})
