import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../../src/testing/test-app.js'
import { watchStatements } from '../support/statements.js'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

test('rights are read when the user is held: what is sent together is sent in this order', async () => {
  const user = await app.createUser({ roles: ['member'] })
  const sent = watchStatements()
  await app.signIn(user)
  const texts = sent.texts()
  sent.stop()
  const [hold, rights] = [/FOR SHARE/, /role_scopes/].map((pattern) =>
    texts.findIndex((text) => pattern.test(text)),
  )
  expect(hold).toBeGreaterThan(0)
  expect(rights).toBeGreaterThan(hold ?? 0)
})
