import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Form } from './form.js'
import { OAuthError } from './oauth-error.js'

/** That the form is one that this server showed to this browser: nobody else may sign it in as somebody. */
export function requireOwnForm(issuer: string, request: FastifyRequest, form: Form): void {
  const site = request.headers['sec-fetch-site'] // W3C Fetch Metadata; older browsers do not send it
  const sent = Buffer.from(form.get('form_token') ?? '')
  const kept = Buffer.from(keptFormToken(issuer, request) ?? '')
  const isOurs = sent.length > 0 && sent.length === kept.length && timingSafeEqual(sent, kept)
  if (isOurs && (site === undefined || site === 'same-origin')) return
  throw new OAuthError('invalid_request', 'This form is too old, or your browser sends no cookies.', {
    status: 403,
  })
}

/** The token that the browser keeps; null where it keeps none, or several. */
export function keptFormToken(issuer: string, { headers }: FastifyRequest): string | null {
  const start = `${nameOn(issuer)}=`
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const values = pairs.filter((pair) => pair.startsWith(start)).map((pair) => pair.slice(start.length))
  const [value = ''] = values
  return values.length === 1 && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null
}

/** The header that has the browser keep it. */
export function formCookie(issuer: string, token: string): string {
  const cookie = `${nameOn(issuer)}=${token}; Path=/; HttpOnly; SameSite=Lax`
  return isSecure(issuer) ? `${cookie}; Secure` : cookie
}

/** RFC 6265bis 4.1.3.2: nobody but this host can set a `__Host-` cookie. It wants TLS, which a machine's own address lacks. */
const nameOn = (issuer: string) => (isSecure(issuer) ? '__Host-fieldgate-form' : 'fieldgate-form')

const isSecure = (issuer: string) => issuer.startsWith('https:')
