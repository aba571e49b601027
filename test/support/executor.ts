import type { BaseContext } from '@apollo/server'
import { execute, type GraphQLSchema } from 'graphql'
import type { Authorization } from '../../src/authorization/index.js'
import { createCompiledExecute, type Execute } from '../../src/execution/compiled-execute.js'
import { createEarlyExecution } from '../../src/graphql/early-execution.js'
import { createGateway } from '../../src/graphql/gateway.js'
import { apolloPlugin } from '../../src/graphql/plugins/authorization.js'

/** `EXECUTOR=compiled` runs the same tests on the compiled executor, which then compiles everything at once. */
const isCompiled = process.env['EXECUTOR'] === 'compiled'

const executors = new WeakMap<GraphQLSchema, Execute>()

type Protected<Context> = {
  readonly schema: GraphQLSchema
  readonly authorization: Pick<Authorization<Context>, 'gates'>
}

/** What runs the operations of a protected schema: graphql-js, or what has to answer the same. */
export function executorOf<Context>({ schema, authorization }: Protected<Context>): Execute {
  if (!isCompiled) return execute
  const known =
    executors.get(schema) ?? createCompiledExecute(schema, { gates: authorization.gates, runsBefore: 0 })
  executors.set(schema, known)
  return known
}

/** The same, as options of Apollo Server, with what the authorization decides before. */
export function apolloOptions<Context extends BaseContext>(
  it: { readonly schema: GraphQLSchema; readonly authorization: Authorization<Context> },
  rootValue?: unknown,
) {
  const { schema, authorization } = it
  if (!isCompiled) return { schema, rootValue, plugins: [apolloPlugin(authorization)] }
  const early = createEarlyExecution(schema, (args) => executorOf(it)({ ...args, rootValue }))
  const gateway = createGateway(schema, early.execute)
  return { gateway, plugins: [apolloPlugin(authorization), early.plugin] }
}
