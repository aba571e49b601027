/** Granted to no seeded role but the administrator's: who did what, from where, is for few. */
export const auditScopes = {
  'audit:read': { description: 'Read the audit log', implies: [], grantedTo: [] },
} as const
