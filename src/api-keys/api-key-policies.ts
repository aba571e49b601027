import { isCaller } from '../authentication/caller.js'
import type { PolicyInput } from '../authorization/index.js'
import type { Context } from '../graphql/context.js'

/** The policies that the schema names of API keys. */
export function createApiKeyPolicies({ ownClientId }: { ownClientId: string }) {
  return {
    /**
     * Somebody who signed in here. Not a program with a key or a secret: a credential that leaks must not make others.
     * Nor one that was let in by consent: a key would outlive the end of its session, and its being disabled.
     */
    hasSession: {
      dependsOn: 'request',
      check: ({ context: { caller } }: PolicyInput<Context, unknown>) =>
        isCaller(caller) && caller.sessionId !== null && caller.clientId === ownClientId,
    },
  } as const
}
