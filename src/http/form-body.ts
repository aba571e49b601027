import type { FastifyInstance } from 'fastify'

/**
 * Lets the routes of `app` take forms (WHATWG URL 5). Not the others: that a browser cannot post a form to `/graphql` is
 * a part of its defence against cross-site requests.
 */
export function takeForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  )
}
