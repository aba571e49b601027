import type { Caller } from '../authentication/caller.js'

/** The policies that the schema of users names. */
export const userPolicies = {
  isSelf: {
    dependsOn: 'parent',
    check: ({ caller, parent }: { caller: Pick<Caller, 'id'>; parent: { id: string } }) =>
      caller.id === parent.id,
  },
} as const
