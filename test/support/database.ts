import { startTestServer } from '../../src/testing/database.js'

/** Vitest runs this before the first test of a run; what it returns, after the last, failed or not. */
export async function setup(): Promise<() => Promise<void>> {
  if (process.env['TEST_DATABASE_URL']) return async () => {}
  const server = await startTestServer()
  // Vitest's workers are started with the environment as it is now.
  process.env['TEST_DATABASE_URL'] = server.url
  return () => server.stop()
}
