import { describe, expect, test } from 'vitest'
import { captureLog } from '../support/log-capture.js'

const secret = 'hunter2-hunter2'

describe('the log', () => {
  test('writes a line of JSON with level, time and text', () => {
    const { log, lines } = captureLog()
    log.info({ part: 'database' }, 'ready')
    expect(lines()).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), part: 'database', msg: 'ready' },
    ])
  })

  test('tells of an error its name, text, code, stack and causes', () => {
    const { log, lines } = captureLog()
    const cause = Object.assign(new TypeError('inner'), { code: '23505' })
    log.error({ err: new Error('outer', { cause }) }, 'failed')
    expect(lines()[0]?.['err']).toMatchObject({
      type: 'Error',
      message: 'outer',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'TypeError', message: 'inner', code: '23505' },
    })
  })

  test('leaves out what drivers and clients hang on errors', () => {
    const { log, text } = captureLog()
    const driverError = Object.assign(new Error('query failed'), {
      parameters: [secret],
      config: { headers: { Authorization: secret } },
      rawPacket: Buffer.from(secret),
      cause: Object.assign(new Error('inner'), { detail: `Key (password)=(${secret})` }),
    })
    log.error({ err: driverError }, 'failed')
    log.error(driverError)
    expect(text()).not.toContain(secret)
    expect(text()).not.toContain(Buffer.from(secret).join(','))
  })

  test('ends a circle of causes', () => {
    const { log, lines } = captureLog()
    const error = new Error('round')
    error.cause = error
    log.error({ err: error }, 'failed')
    expect(lines()).toHaveLength(1)
  })

  test.each([
    ['an object', { password: secret }],
    ['a null prototype', Object.assign(Object.create(null), { password: secret })],
    ['a symbol', Symbol(secret)],
  ])('says only of what kind it is when %s was thrown', (_, thrown) => {
    const { log, text } = captureLog()
    log.error({ err: thrown }, 'failed')
    expect(text()).not.toContain(secret)
  })

  test('has no secret in the text, in interpolated values, or in the bindings of a child', () => {
    const { log, text } = captureLog()
    log.info(`password=${secret}`)
    log.info('password=%s', secret)
    log.info('%j', { token: secret })
    log.child({ authorization: secret, requestId: 'abcdefgh' }).info('child')
    expect(text()).not.toContain(secret)
    expect(text()).toContain('abcdefgh')
  })
})
