import { serverAudits } from 'graphql-http'
import type { AuditResult } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'

const preflight = 'CSRF prevention: a GET must carry a header that no foreign page can send unasked'
const failsVisibly =
  'a request that cannot run answers 400 in both media types, so that proxies and monitors see it'

/** What the server leaves out on purpose, and why. No MUST is among them. */
const declined: Record<string, { status: AuditResult['status']; why: string }> = {
  '5A70': { status: 'notice', why: preflight },
  D6D5: { status: 'notice', why: preflight },
  '6A70': { status: 'notice', why: preflight },
  '572B': { status: 'warn', why: failsVisibly },
  FDE2: { status: 'warn', why: failsVisibly },
  '7B9B': { status: 'warn', why: failsVisibly },
}

const results: AuditResult[] = []
let app: TestApp
let url = ''

beforeAll(async () => {
  app = await createTestApp()
  url = `${await app.listen()}/graphql`
})

afterAll(async () => {
  await app.stop()
  const recommended = results.filter(({ name, status }) => name.startsWith('SHOULD') || status !== 'ok')
  console.table(
    recommended.map(({ id, name, status }) => ({ id, status, why: declined[id]?.why ?? '', name })),
  )
})

describe('the server audit of graphql-http', () => {
  test.each(serverAudits({ url: () => url }).map((audit) => ({ id: audit.id, name: audit.name, audit })))(
    '$id $name',
    async ({ id, audit }) => {
      const result = await audit.fn()
      results.push(result)
      if ('response' in result) await result.response.body?.cancel()
      const reason = 'reason' in result ? result.reason : undefined
      expect(result.status, reason).toBe(declined[id]?.status ?? 'ok')
    },
  )

  test('finds no MUST among what is left out', () => {
    expect(results.filter(({ name, status }) => name.startsWith('MUST') && status !== 'ok')).toEqual([])
    expect(results.filter(({ name }) => name.startsWith('MUST')).length).toBeGreaterThan(10)
  })
})
