import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.process>
type Range = ReturnType<typeof ipaddr.parseCIDR>

export type TrustedProxies = {
  /**
   * The client's address. `X-Forwarded-For` is believed from right to left for as long as the one who wrote the entry is
   * a trusted proxy, so a client cannot choose its own address. IPv4 in IPv6 (`::ffff:192.0.2.1`) is IPv4.
   */
  clientAddressOf: (peerAddress: string | undefined, forwarded: string | undefined) => string
  /** Whether this peer is believed what it says of the requests that it brings. */
  isTrusted: (peerAddress: string | undefined) => boolean
}

/**
 * @param trustedProxies addresses or CIDR ranges
 * @throws Error naming the entry that is neither
 */
export function createTrustedProxies(trustedProxies: readonly string[]): TrustedProxies {
  const trusted = trustedProxies.map(parseRange)
  const isTrusted = (address: Address) => trusted.some((range) => contains(range, address))
  const peers = new Map<string, Address | null>()

  /** A connection has one peer for all its requests. */
  function peerOf(peerAddress: string): Address | null {
    const known = peers.get(peerAddress)
    if (known !== undefined) return known
    if (peers.size >= mostPeers) peers.clear()
    const peer = parseAddress(peerAddress)
    peers.set(peerAddress, peer)
    return peer
  }

  return {
    clientAddressOf(peerAddress, forwarded) {
      const peer = peerOf(peerAddress ?? '')
      if (peer === null) return 'unknown'
      const hops = trusted.length === 0 ? [] : (forwarded?.split(',').toReversed() ?? [])
      let client = peer
      for (const hop of hops) {
        const previous = isTrusted(client) ? parseAddress(hop) : null
        if (previous === null) break
        client = previous
      }
      return client.toString()
    },
    isTrusted(peerAddress) {
      const peer = peerOf(peerAddress ?? '')
      return peer !== null && isTrusted(peer)
    },
  }
}

/** What the proxies have written, as one list. */
export function forwardedFor({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const value = headers['x-forwarded-for']
  return Array.isArray(value) ? value.join(',') : value
}

/** Addresses that are kept parsed. */
const mostPeers = 10_000

function parseRange(text: string): Range {
  const address = parseAddress(text)
  if (address !== null) return [address, address.kind() === 'ipv4' ? 32 : 128]
  if (!ipaddr.isValidCIDR(text))
    throw new Error(`Trusted proxies: "${text}" is neither an address nor a CIDR range.`)
  return ipaddr.parseCIDR(text)
}

function contains([network, bits]: Range, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, bits)
}

// Some proxies add a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
function parseAddress(text: string): Address | null {
  const bare = text.trim().replace(/^\[(.+)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2')
  return isStrictAddress(bare) ? ipaddr.process(bare) : null
}

// The library reads `1` and `0x7f.1` as IPv4 too, as inet_aton did; no proxy writes that.
function isStrictAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text))
}
