import { mergeConfig } from 'vitest/config'
import project from '../vitest.config.js'

/**
 * What is asked of an executor, asked of the other one: the engine's tests run on the compiled executor, those of the
 * server on graphql-js. `npm test` has it the other way round.
 */
export default mergeConfig(
  { ...project, test: { ...project.test, include: [] } },
  {
    test: {
      include: [
        'test/authorization/**/*.test.ts',
        'test/conformance/**/*.test.ts',
        'test/graphql/**/*.test.ts',
        'test/users/**/*.test.ts',
        'test/roles/**/*.test.ts',
        'test/audit/audit-access.test.ts',
        'test/audit/audit-resolvers.test.ts',
        'test/sessions/session-resolvers.test.ts',
      ],
      env: { EXECUTOR: 'compiled', GRAPHQL_EXECUTOR: 'graphql-js' },
    },
  },
)
