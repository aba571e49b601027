import type { Logger } from 'pino'
import type { DecisionEvent, Policy } from '../authorization/index.js'
import {
  type Authorization,
  createAuthorization,
  createExecutors,
  createScopeRegistry,
} from '../authorization/index.js'
import type { Context } from './context.js'
import type { Subscribe } from './plugins/subscriptions.js'

type Scopes = Readonly<Record<string, { readonly description: string; readonly implies: readonly string[] }>>

export type ServerAuthorizationOptions = {
  scopes: Scopes
  policies: Readonly<Record<string, Policy<Context>>>
  mode: 'partial' | 'reject' | 'observe'
  exposeRequirements: boolean
  introspection: 'full' | 'authenticated' | 'filtered' | 'off'
  log: Logger
  /** Counts decisions. Left out: nobody does, and no decision costs anything. */
  onDecision?: (decision: DecisionEvent) => void
}

/** The engine as this server uses it: who is calling, and in which mode, is in the context. */
export function createServerAuthorization({ log, onDecision, ...options }: ServerAuthorizationOptions) {
  return createAuthorization<Context>({
    ...options,
    realm: 'fieldgate',
    callerOf: ({ caller }) => caller,
    // A client may have all or nothing of a server that gives parts, not parts of one that gives all or nothing.
    modeOf: ({ mode }) => (mode === 'reject' ? mode : null),
    onFailure: ({ source, name, cause }) =>
      log.error({ err: cause, source, name }, 'authorization failed closed'),
    ...(onDecision && { onDecision }),
  })
}

/** The scopes, and all that they imply; names that are no scopes count for nothing. */
export function createScopeExpansion(scopes: Scopes): (names: readonly string[]) => ReadonlySet<string> {
  const registry = createScopeRegistry(scopes)
  return (names) => registry.expand(names)
}

/** Opens subscriptions behind the plan, which is made anew for each event. */
export function createSubscribe(authorization: Authorization<Context>): Subscribe {
  const { subscribe } = createExecutors(authorization)
  return (args) => subscribe(args)
}
