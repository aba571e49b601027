import { type FieldNode, GraphQLError } from 'graphql'
import type { BadCredential } from './caller.js'
import type { Plan, Refusal } from './plan/plan.js'

export type RefusalOptions = { readonly exposeRequirements: boolean; readonly realm: string }

/** Everything a client is told about a refusal. Constant texts: nothing internal can get in. */
const messages: Readonly<Record<Refusal['code'], string>> = {
  UNAUTHENTICATED: 'Sign in to do this.',
  FORBIDDEN: 'You are not allowed to do this.',
}

type Answered = {
  readonly message: string
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** Whether an error is one of the engine, and not a resolver's own with the same code. */
export const isRefusal = ({ message, extensions }: Answered): boolean =>
  typeof extensions?.['coordinate'] === 'string' &&
  Object.entries(messages).some(([code, text]) => extensions['code'] === code && message === text)

type Refused = Omit<Refusal, 'path'> & {
  readonly path?: readonly (string | number)[]
  readonly nodes?: readonly FieldNode[]
}

/** A stack would say where the engine is, which helps nobody, and cost more than all the rest of a refusal. */
function withoutStack<T>(make: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** With `nodes` and `path` it is located: graphql-js reports it as it is and makes no second error of it. */
export function refusalError(refused: Refused, { exposeRequirements }: RefusalOptions): GraphQLError {
  const { code, coordinate, required, path, nodes } = refused
  const isTold = exposeRequirements && required.length > 0
  const extensions = { code, coordinate, ...(isTold && { required }) }
  const located = { ...(path && { path }), ...(nodes && { nodes }) }
  return withoutStack(() => new GraphQLError(messages[code], { extensions, ...located }))
}

/** Counts one more item of a list on the error that was reported for the first. */
export function countOccurrence({ extensions }: GraphQLError): void {
  const { occurrences } = extensions
  extensions['occurrences'] = typeof occurrences === 'number' ? occurrences + 1 : 2
}

/** RFC 9110 5.6.4 and RFC 6750 3: what a quoted-string may carry. */
const quoted = (text: string) => `"${text.replaceAll(/[^\x20\x21\x23-\x5B\x5D-\x7E]/g, ' ')}"`

/** The value of WWW-Authenticate for an operation that is refused whole, by RFC 6750 3. */
export function challengeOf(
  plan: Plan,
  badCredential: BadCredential | null,
  { exposeRequirements, realm }: RefusalOptions,
): string {
  const parameters = [`realm=${quoted(realm)}`]
  if (badCredential) {
    parameters.push(
      `error="${badCredential.error}"`,
      `error_description=${quoted(badCredential.description)}`,
    )
  } else if (plan.status === 403) {
    parameters.push('error="insufficient_scope"')
    const scopes = [...new Set(plan.refusals.flatMap(({ required: [first] }) => first ?? []))]
    if (exposeRequirements && scopes.length > 0) parameters.push(`scope=${quoted(scopes.join(' '))}`)
  }
  return `Bearer ${parameters.join(', ')}`
}
