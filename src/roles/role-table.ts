import { EntitySchema } from 'typeorm'

export type ScopeRow = { name: string }
export type RoleRow = { name: string; description: string }
export type RoleScopeRow = { roleName: string; scope: string }
export type UserRoleRow = { userId: string; roleName: string }

/** The scopes that this database has met. A scope's first meeting is when its initial grants are made. */
export const scopeTable = new EntitySchema<ScopeRow>({
  name: 'scope',
  tableName: 'scopes',
  columns: { name: { type: 'text', primary: true, primaryKeyConstraintName: 'pk_scopes' } },
})

export const roleTable = new EntitySchema<RoleRow>({
  name: 'role',
  tableName: 'roles',
  columns: {
    name: { type: 'text', primary: true, primaryKeyConstraintName: 'pk_roles' },
    description: { type: 'text' },
  },
})

export const roleScopeTable = new EntitySchema<RoleScopeRow>({
  name: 'role_scope',
  tableName: 'role_scopes',
  columns: {
    roleName: {
      type: 'text',
      name: 'role_name',
      primary: true,
      primaryKeyConstraintName: 'pk_role_scopes',
      foreignKey: { target: 'role', name: 'fk_role_scopes_role', onDelete: 'CASCADE' },
    },
    scope: {
      type: 'text',
      primary: true,
      primaryKeyConstraintName: 'pk_role_scopes',
      foreignKey: { target: 'scope', name: 'fk_role_scopes_scope', onDelete: 'CASCADE' },
    },
  },
})

export const userRoleTable = new EntitySchema<UserRoleRow>({
  name: 'user_role',
  tableName: 'user_roles',
  columns: {
    userId: {
      type: 'uuid',
      name: 'user_id',
      primary: true,
      primaryKeyConstraintName: 'pk_user_roles',
      foreignKey: { target: 'user', name: 'fk_user_roles_user', onDelete: 'CASCADE' },
    },
    roleName: {
      type: 'text',
      name: 'role_name',
      primary: true,
      primaryKeyConstraintName: 'pk_user_roles',
      foreignKey: { target: 'role', name: 'fk_user_roles_role', onDelete: 'CASCADE' },
    },
  },
  indices: [{ name: 'ix_user_roles_role_name', columns: ['roleName'] }],
})
