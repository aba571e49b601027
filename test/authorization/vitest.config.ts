import { mergeConfig } from 'vitest/config'
import project from '../../vitest.config.js'

/** The engine alone, as its coverage is measured: no database, few runs of each law, and the traps without Apollo Server. */
export default mergeConfig(
  { ...project, test: { ...project.test, globalSetup: [], include: [] } },
  {
    test: {
      include: ['test/authorization/**/*.test.ts'],
      exclude: ['**/traps/http.test.ts'],
      testNamePattern: /^(?!.*\[Apollo)/,
      testTimeout: 120_000,
      // Mutation testing changes what modules do while they are loaded.
      isolate: true,
      env: { FAST_CHECK_RUNS: '20' },
    },
  },
)
