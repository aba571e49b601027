import jwt from 'jsonwebtoken'
import { scopes } from './schema.js'

/** An access token as tutorials make it. */
export const signToken = (callerId: string, secret: string): string =>
  jwt.sign({ sub: callerId, scope: scopes.join(' ') }, secret, { algorithm: 'HS256', expiresIn: '2h' })
