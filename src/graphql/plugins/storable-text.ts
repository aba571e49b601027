import { GraphQLError } from 'graphql'
import type { OrderedPlugin } from './in-order.js'

// A document can also hold it as itself. Halves of surrogate pairs it cannot hold at all (GraphQL 2.1, 2.9.4).
const escapedNul = /\\u(?:0000|\{0+\})/

const holdsNul = 'Text must not contain U+0000.'
const holdsHalf = 'Text must be well-formed Unicode: it has half of a surrogate pair.'

/**
 * Refuses text with U+0000, which GraphQL and JSON allow and Postgres cannot hold, and text that is not Unicode, which
 * would come back as other text: said here once, no domain has to know, and nobody can fill the log with the database's
 * errors about it.
 */
export const storableText: OrderedPlugin = {
  requestDidStart: () => ({
    didResolveOperation({ source, request: { variables } }) {
      const fault = escapedNul.test(source) ? holdsNul : (faultOf(source) ?? textFault(variables))
      if (fault === null) return
      throw new GraphQLError(fault, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } })
    },
  }),
}

function faultOf(text: string): string | null {
  if (text.includes('\u0000')) return holdsNul
  return text.isWellFormed() ? null : holdsHalf
}

/**
 * What is wrong with a text in it, be it the name of a member; null for nothing. Without recursion, since a client decides
 * how deep this is, and without a list of all that is in it: a megabyte holds half a million numbers.
 */
export function textFault(variables: unknown): string | null {
  const pending: object[] = []
  const look = (value: unknown): string | null => {
    if (typeof value === 'string') return faultOf(value)
    if (typeof value === 'object' && value !== null) pending.push(value)
    return null
  }
  let fault = look(variables)
  for (let next = pending.pop(); next && fault === null; next = pending.pop()) {
    fault = Array.isArray(next) ? faultInList(next, look) : faultInObject(next, look)
  }
  return fault
}

type Look = (value: unknown) => string | null

function faultInList(list: readonly unknown[], look: Look): string | null {
  for (const item of list) {
    const fault = look(item)
    if (fault !== null) return fault
  }
  return null
}

function faultInObject(object: object, look: Look): string | null {
  // Object.entries would make two values of each member.
  for (const name in object) {
    if (!Object.hasOwn(object, name)) continue
    const fault = faultOf(name) ?? look(Reflect.get(object, name))
    if (fault !== null) return fault
  }
  return null
}
