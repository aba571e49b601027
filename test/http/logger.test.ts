import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
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

describe('standard output', () => {
  /** What a process says that logs to a file, and how it ends. */
  function run(program: string, output: number | 'pipe') {
    const script = `import { createLogger } from './dist/http/logger.js'
      const log = createLogger({ level: 'info' })
      ${program}`
    return spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', output, 'pipe'],
      encoding: 'utf8',
    })
  }

  test('gets all lines, in their order, also those of the last moment', () => {
    const { status, stdout } = run(
      `for (let n = 0; n < 1000; n++) log.info(String(n))
      process.once('exit', () => log.info('the last'))
      process.exit(3)`,
      'pipe',
    )
    const texts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).msg)
    expect(texts).toEqual([...Array.from({ length: 1000 }, (_, n) => String(n)), 'the last'])
    expect(status).toBe(3)
  })

  test('gets a fatal line at once', () => {
    const { stdout, signal } = run(`log.fatal('gone'); process.kill(process.pid, 'SIGKILL')`, 'pipe')
    expect(stdout).toContain('gone')
    expect(signal).toBe('SIGKILL')
  })

  test.runIf(existsSync('/dev/full'))('that cannot be written ends nothing', () => {
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = run(
      `log.info('x'.repeat(20_000))
      setTimeout(() => { log.info('more'); console.error('still here') }, 10)`,
      full,
    )
    closeSync(full)
    expect(stderr).toBe('still here\n')
    expect(status).toBe(0)
  })
})
