import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { createHostCookie } from '../authentication/host-cookie.js'
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
  const [value = '', ...others] = cookieOn(issuer).valuesIn(headers)
  return others.length === 0 && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null
}

/** The header that has the browser keep it. */
export const formCookie = (issuer: string, token: string): string => cookieOn(issuer).set(token, null)

// Lax: people come to the form by a link of another site.
const cookieOn = (issuer: string) =>
  createHostCookie({ publicUrl: issuer, name: 'fieldgate-form', sameSite: 'Lax' })
