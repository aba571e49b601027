import { expect, test } from 'vitest'
import { requestIdOf } from '../../src/http/request-id.js'

const idFor = (given: string | string[] | undefined) =>
  requestIdOf({ headers: given === undefined ? {} : { 'x-request-id': given } })

test.each([
  '8f14e45f-ceea-467f-a8e6-0123456789ab',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '4bf92f3577b34da6a3ce929d0e0e4736',
])('a well-formed id of the client is kept: %s', (id) => {
  expect(idFor(id)).toBe(id)
})

test.each([
  undefined,
  '',
  'short',
  'x'.repeat(37),
  'with space in it',
  'line\nbreak-0123',
  'eyJhbGciOiJFUzI1NiJ9.e30.c2ln',
  'fg_live_0123456789',
  ['12345678', '12345678'],
])('anything else gets a new one: %j', (given) => {
  expect(idFor(given)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
