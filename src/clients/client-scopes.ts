export const clientScopes = {
  'clients:manage': {
    description: 'List, make and disable the programs that may use this server',
    implies: [],
    grantedTo: [],
  },
} as const
