import type { PolicyInput } from '../authorization/index.js'
import type { Context } from '../graphql/context.js'

/** The policies that the schema names of users. */
export const userPolicies = {
  isSelf: {
    dependsOn: 'parent',
    check: ({ caller, parent }: PolicyInput<Context, { id: string }>) => caller.id === parent.id,
  },
} as const
