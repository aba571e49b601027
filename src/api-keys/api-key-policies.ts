import { isCaller } from '../authentication/caller.js'
import type { PolicyInput } from '../authorization/index.js'
import type { Context } from '../graphql/context.js'

/** The policies that the schema names of API keys. */
export const apiKeyPolicies = {
  /** Somebody who signed in, and not a program with a key or a secret: a credential that leaks must not make others. */
  hasSession: {
    dependsOn: 'request',
    check: ({ context }: PolicyInput<Context, unknown>) =>
      isCaller(context.caller) && context.caller.sessionId !== null,
  },
} as const
