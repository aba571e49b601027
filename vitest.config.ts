import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Node takes this file for dependencies; Vite would take the `module` one for us, and graphql refuses to be two.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/support/database.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
