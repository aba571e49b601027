import type { Caller } from './caller.js'

/** Who did something, and from where: what the audit writes down. */
export type Actor = { readonly id: string; readonly address: string | null; readonly requestId: string | null }

export function actorOf(context: { caller: Caller; clientAddress: string; requestId: string }): Actor {
  return { id: context.caller.id, address: context.clientAddress, requestId: context.requestId }
}
