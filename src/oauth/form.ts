import { OAuthError } from './oauth-error.js'

/** The parameters of a request, each once. */
export type Form = ReadonlyMap<string, string>

/**
 * RFC 6749 3.1 and 3.2: a parameter without a value counts as left out, and none may be there twice.
 * @throws OAuthError invalid_request
 */
export function readForm(parameters: unknown): Form {
  if (!(parameters instanceof URLSearchParams)) {
    throw new OAuthError('invalid_request', 'Send parameters as application/x-www-form-urlencoded.')
  }
  const form = new Map<string, string>()
  for (const [name, value] of parameters) {
    if (form.has(name)) throw new OAuthError('invalid_request', 'A parameter was sent twice.')
    form.set(name, value)
  }
  return new Map([...form].filter(([, value]) => value !== ''))
}

/** @throws OAuthError invalid_request */
export function required(form: Form, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing.`)
  return value
}

/** RFC 6749 3.3: scope-token *( SP scope-token ). null: none asked for. @throws OAuthError invalid_scope */
export function readScopes(form: Form): string[] | null {
  const scope = form.get('scope')
  if (scope === undefined) return null
  if (/^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/.test(scope)) return scope.split(' ')
  throw new OAuthError('invalid_scope', 'The scope is malformed.')
}
