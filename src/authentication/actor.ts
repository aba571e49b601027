import type { Caller } from './caller.js'

/** Who did something, and from where: what the audit writes down. */
export type Actor = {
  /** null for the server itself, and for somebody who is not signed in. */
  readonly actorId: string | null
  /** The session or API key that they came with, for a service client the client; null for who came with none. */
  readonly credentialId: string | null
  readonly address: string | null
  readonly requestId: string | null
}

export const theServer: Actor = { actorId: null, credentialId: null, address: null, requestId: null }

type RequestFacts = { readonly clientAddress: string; readonly requestId: string }

export function actorOf({ caller, clientAddress, requestId }: RequestFacts & { caller: Caller }): Actor {
  return { actorId: caller.id, credentialId: credentialIdOf(caller), address: clientAddress, requestId }
}

/** Somebody who has not said who they are. */
export function strangerOf({ clientAddress, requestId }: RequestFacts): Actor & { readonly address: string } {
  return { actorId: null, credentialId: null, address: clientAddress, requestId }
}

/** Of a caller without a session, the client: an API key is its own, and so is a service client. */
export function credentialIdOf({ sessionId, clientId }: Caller): string {
  return sessionId ?? clientId
}
