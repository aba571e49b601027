import { GraphQLError } from 'graphql'
import type { OrderedPlugin } from './in-order.js'

// In a document U+0000 can only be written as an escape (GraphQL 2.1.1, 2.9.4).
const escaped = /\\u(?:0000|\{0+\})/

/**
 * Refuses text with U+0000, which GraphQL and JSON allow and Postgres cannot hold: said here once, no domain has to
 * know, and nobody can fill the log with the database's errors about it.
 */
export const storableText: OrderedPlugin = {
  requestDidStart: () => ({
    didResolveOperation({ source, request: { variables } }) {
      if (!escaped.test(source) && !holdsNul(variables)) return
      throw new GraphQLError('Text must not contain U+0000.', {
        extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
      })
    },
  }),
}

// Without recursion: a client decides how deep this is.
function holdsNul(variables: unknown): boolean {
  const pending = [variables]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value === 'string' && value.includes('\u0000')) return true
    if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) pending.push(name, part)
    }
  }
  return false
}
