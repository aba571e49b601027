import type { ScopeRegistry } from './role.js'

export const roleScopes = {
  'roles:read': { description: 'Read roles, scopes, and who has which', implies: [], grantedTo: ['support'] },
  'roles:assign': {
    description: "Assign roles within one's own scopes",
    implies: ['roles:read'],
    grantedTo: [],
  },
  'roles:write': {
    description: "Make, change and remove roles within one's own scopes",
    implies: ['roles:read'],
    grantedTo: [],
  },
} as const satisfies ScopeRegistry
