/** The scopes of this domain. `grantedTo`: the seeded roles that have it from the start; the administrator has all. */
export const userScopes = {
  'profile:read': {
    description: "Read the caller's own profile and sessions",
    implies: [],
    grantedTo: ['member', 'support'],
  },
  'profile:write': {
    description: "Change the caller's own profile, password and sessions",
    implies: [],
    grantedTo: ['member', 'support'],
  },
  'users:read': { description: 'Read any user', implies: [], grantedTo: ['support'] },
  'users:email': {
    description: 'Read and search the e-mail address of any user',
    implies: [],
    grantedTo: ['support'],
  },
  'users:write': {
    description: 'Make, disable and enable users',
    implies: ['users:read'],
    grantedTo: [],
  },
} as const
