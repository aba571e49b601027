import { mergeConfig } from 'vitest/config'
import project from '../../vitest.config.js'

/** The tests of the engine alone, for mutation testing: no database, and few runs of each law. */
export default mergeConfig(
  { ...project, test: { ...project.test, globalSetup: [], include: [] } },
  { test: { include: ['test/authorization/**/*.test.ts'], env: { FAST_CHECK_RUNS: '20' } } },
)
