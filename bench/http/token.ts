import jwt from 'jsonwebtoken'
import type { Person } from '../people.js'
import { scopes } from './schema.js'

/** Access tokens as tutorials make them. */
export const signTokens = (callers: readonly Person[], secret: string): string[] =>
  callers.map(({ id }) =>
    jwt.sign({ sub: id, scope: scopes.join(' ') }, secret, { algorithm: 'HS256', expiresIn: '2h' }),
  )
