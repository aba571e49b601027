import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`src/${path}.ts`, import.meta.url))

export default defineConfig({
  // Node takes this file for dependencies; Vite would take the `module` one for us, and graphql refuses to be two.
  resolve: {
    alias: [
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      // The examples name the package; here they run on its source.
      { find: /^fieldgate$/, replacement: source('fieldgate') },
      { find: /^fieldgate\/command-line$/, replacement: source('commands/command-line') },
      { find: /^fieldgate\/authorization$/, replacement: source('authorization/index') },
      { find: /^fieldgate\/apollo$/, replacement: source('graphql/plugins/authorization') },
      { find: /^fieldgate\/apollo\/gateway$/, replacement: source('graphql/gateway') },
      { find: /^fieldgate\/execution$/, replacement: source('execution/compiled-execute') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    // The modules are loaded once for each worker, not once for each file: that took a third of the time.
    isolate: false,
    // Vitest leaves one core free, which is half of two; tests that wait for processes leave enough of it.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One second is the default, which a machine that does other things can take.
    expect: { poll: { timeout: 20_000 } },
  },
})
