/** Every scope that a rule of the schema names. */
export type Scope =
  | 'audit:read'
  | 'profile:read'
  | 'profile:write'
  | 'roles:assign'
  | 'roles:read'
  | 'users:email'
  | 'users:read'
  | 'users:write'
