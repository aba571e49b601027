/** Every scope that a rule of the schema names. */
export type Scope =
  | 'audit:read'
  | 'clients:manage'
  | 'profile:read'
  | 'profile:write'
  | 'roles:assign'
  | 'roles:read'
  | 'roles:write'
  | 'users:email'
  | 'users:read'
  | 'users:write'
