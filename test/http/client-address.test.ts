import { describe, expect, test } from 'vitest'
import { createTrustedProxies } from '../../src/http/client-address.js'

describe('without trusted proxies', () => {
  const { clientAddressOf: read, isTrusted } = createTrustedProxies([])

  test('the peer is the client, whatever a header says', () => {
    expect(read('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9')
    expect(read('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1')
  })

  test('IPv4 that came through an IPv6 socket is IPv4', () => {
    expect(read('::ffff:203.0.113.9', undefined)).toBe('203.0.113.9')
  })

  test('IPv6 is written in its shortest form', () => {
    expect(read('2001:0db8:0000::0001', undefined)).toBe('2001:db8::1')
  })

  test('a peer that is gone is unknown', () => {
    expect(read(undefined, '198.51.100.1')).toBe('unknown')
    expect(isTrusted(undefined)).toBe(false)
  })

  test('nobody is trusted, not even loopback', () => {
    expect(isTrusted('127.0.0.1')).toBe(false)
  })
})

describe('behind trusted proxies', () => {
  const { clientAddressOf: read, isTrusted } = createTrustedProxies([
    '10.0.0.0/8',
    '2001:db8::/32',
    '192.0.2.7',
  ])

  test.each([
    ['the entry that the proxy wrote', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the same through an IPv6 socket', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    [
      'the last entry that no trusted proxy owns',
      '10.0.0.1',
      '1.1.1.1, 198.51.100.1, 10.2.2.2',
      '198.51.100.1',
    ],
    ['never what the client put before it', '10.0.0.1', '10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['the farthest proxy when all are trusted', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the proxy where the entry is no address', '10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
    ['the proxy where the entry is an old number form', '10.0.0.1', '1', '10.0.0.1'],
    ['the proxy where the header is missing', '10.0.0.1', undefined, '10.0.0.1'],
    ['an entry without its port', '192.0.2.7', '198.51.100.1:4711', '198.51.100.1'],
    ['an IPv6 entry without brackets and port', '2001:db8::5', '[2001:db9::1]:4711', '2001:db9::1'],
    ['the peer when the peer is no trusted proxy', '198.51.100.9', '1.1.1.1', '198.51.100.9'],
  ])('the client is %s', (_, peer, header, client) => {
    expect(read(peer, header)).toBe(client)
  })

  test('a peer is trusted by its own address', () => {
    for (const peer of ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::5', '192.0.2.7'])
      expect(isTrusted(peer)).toBe(true)
    for (const peer of ['11.0.0.1', '2001:db9::1', '192.0.2.8', undefined])
      expect(isTrusted(peer)).toBe(false)
  })
})

test.each(['not-an-address', '10.0.0.0/33', '10', ''])('a list with %j is refused by name', (entry) => {
  expect(() => createTrustedProxies(['10.0.0.1', entry])).toThrow(`"${entry}"`)
})
