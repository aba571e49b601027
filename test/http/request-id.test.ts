import { expect, test } from 'vitest'
import { createRequestIdReader } from '../../src/http/request-id.js'

const proxy = '192.0.2.1'
const read = createRequestIdReader((peer) => peer === proxy)
const idFor = (given: string | string[] | undefined, remoteAddress: string | undefined = proxy) =>
  read({ headers: given === undefined ? {} : { 'x-request-id': given }, socket: { remoteAddress } })
const made = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test.each([
  '8f14e45f-ceea-467f-a8e6-0123456789ab',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '4bf92f3577b34da6a3ce929d0e0e4736',
])('a well-formed id that a trusted proxy sends is kept: %s', (id) => {
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
  expect(idFor(given)).toMatch(made)
})

test.each(['203.0.113.9', ''])(
  'nobody else chooses what the log and the audit call a request: %j',
  (peer) => {
    expect(idFor('8f14e45f-ceea-467f-a8e6-0123456789ab', peer)).toMatch(made)
  },
)
