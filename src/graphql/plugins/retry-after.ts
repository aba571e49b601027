import { refusalOf } from '../errors.js'
import type { OrderedPlugin } from './in-order.js'

/** Says in the header too when a limited client may come back (RFC 9110 10.2.3: whole seconds); the longest wins. */
export const retryAfter: OrderedPlugin = {
  requestDidStart: () => ({
    didEncounterErrors({ errors, response }) {
      const waits = errors
        .map((error) => refusalOf(error)?.details['retryAfterSeconds'])
        .filter((seconds) => typeof seconds === 'number')
      if (waits.length > 0) response.http.headers.set('retry-after', String(Math.ceil(Math.max(...waits))))
    },
  }),
}
