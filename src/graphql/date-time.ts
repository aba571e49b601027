import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

// RFC 3339 5.6, upper or lower case (its 5.6 note), with the seconds that it demands.
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i

/** `DateTime` on the wire is RFC 3339 text in UTC, in resolvers a `Date`. */
export const dateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize(value) {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
    throw new TypeError('DateTime: a resolver must give a valid Date.')
  },
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
})

function parse(value: unknown): Date {
  const date = typeof value === 'string' && rfc3339.test(value) ? new Date(value) : null
  if (date === null || Number.isNaN(date.getTime()) || !isOnTheCalendar(String(value))) {
    throw new GraphQLError('DateTime must be RFC 3339 text, such as "2026-01-31T09:30:00Z".')
  }
  return date
}

// `Date` rolls 30 February over to March.
function isOnTheCalendar(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10))
}
