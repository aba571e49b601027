import type { Caller } from './caller.js'

/** Who did something, and from where: what the audit writes down. */
export type Actor = {
  /** null for the server itself, and for somebody who is not signed in. */
  readonly actorId: string | null
  readonly address: string | null
  readonly requestId: string | null
}

export const theServer: Actor = { actorId: null, address: null, requestId: null }

type RequestFacts = { readonly clientAddress: string; readonly requestId: string }

export function actorOf({ caller, clientAddress, requestId }: RequestFacts & { caller: Caller }): Actor {
  return { actorId: caller.id, address: clientAddress, requestId }
}

/** Somebody who has not said who they are. */
export function strangerOf({ clientAddress, requestId }: RequestFacts): Actor {
  return { actorId: null, address: clientAddress, requestId }
}
