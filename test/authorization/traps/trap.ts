import { ApolloServer } from '@apollo/server'
import { type ExecutionResult, Kind, OperationTypeNode, parse, subscribe } from 'graphql'
import { expect, test } from 'vitest'
import { type Credential, createExecutors } from '../../../src/authorization/index.js'
import { apolloOptions, executorOf } from '../../support/executor.js'
import type { TestContext } from '../doors.js'
import { createWorld, house, type Source, sentinel, type World } from './world.js'

export type Trap = {
  readonly document: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly operationName?: string
  /** Left out: signed in, without any scope. */
  readonly caller?: () => Credential
  /** Left out: the house. */
  readonly source?: Source
  /** Words that must not be in `data`, beside the sentinel anywhere. */
  readonly hides?: readonly string[]
  /** What the unprotected schema must show for the trap to be one. Left out: the sentinel. */
  readonly bait?: string
  /** Resolvers that may run because only run time knows what they find. */
  readonly runs?: readonly string[]
}

const nobodyInParticular = (): Credential => ({ id: 'somebody', scopes: new Set<string>() })

type Door = (world: World, asked: Trap) => Promise<unknown>

/** All that comes out of an execution or a source stream. */
async function drain(result: AsyncIterable<ExecutionResult> | ExecutionResult): Promise<unknown> {
  if (!(Symbol.asyncIterator in result)) return result
  const events: ExecutionResult[] = []
  for await (const event of result) events.push(event)
  return events
}

function argsOf({ schema, rootValue }: World, asked: Trap) {
  return {
    schema,
    document: parse(asked.document),
    variableValues: asked.variables ?? null,
    operationName: asked.operationName ?? null,
    rootValue,
    contextValue: { caller: (asked.caller ?? nobodyInParticular)() } satisfies TestContext,
  }
}

const subscribes = ({ document, operationName }: Trap) =>
  parse(document).definitions.some(
    (node) =>
      node.kind === Kind.OPERATION_DEFINITION &&
      node.operation === OperationTypeNode.SUBSCRIPTION &&
      (!operationName || node.name?.value === operationName),
  )

const plainly: Door = async (world, asked) => {
  const args = argsOf(world, asked)
  return drain(await (subscribes(asked) ? subscribe(args) : executorOf(world)(args)))
}

const behindThePlan: Door = async (world, asked) => {
  const args = argsOf(world, asked)
  const executors = createExecutors(world.authorization, { execute: executorOf(world) })
  return drain(await (subscribes(asked) ? executors.subscribe(args) : executors.execute(args)))
}

export async function withApollo<T>(
  world: World,
  use: (server: ApolloServer<TestContext>) => Promise<T>,
): Promise<T> {
  const server = new ApolloServer<TestContext>({
    ...apolloOptions(world, world.rootValue),
    allowBatchedHttpRequests: true,
    includeStacktraceInErrorResponses: false,
    introspection: true,
  })
  await server.start()
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

const apollo: Door = (world, asked) =>
  withApollo(world, async (server) => {
    const args = argsOf(world, asked)
    const { body } = await server.executeOperation(
      {
        query: asked.document,
        variables: { ...asked.variables },
        ...(args.operationName && { operationName: args.operationName }),
      },
      { contextValue: args.contextValue },
    )
    if (body.kind !== 'single') throw new Error('Expected a single result')
    return body.singleResult
  })

const dataOf = (answer: unknown): unknown =>
  Array.isArray(answer) ? answer.map(dataOf) : Object(answer).data

const doors = [
  ['the executor alone', 'partial', plainly],
  ['the executor behind the plan', 'partial', behindThePlan],
  ['Apollo Server in `partial`', 'partial', apollo],
  ['Apollo Server in `reject`', 'reject', apollo],
] as const

/** One trap, by every door: nothing hidden comes out, and nothing runs that the plan could have stopped. */
export function trap(sentence: string, it: Trap): void {
  const source = it.source ?? house
  test.each(doors)(`${sentence} [%s]`, async (_, mode, door) => {
    const world = createWorld(source, mode)
    const answer = await door(world, it)
    expect(JSON.stringify(answer)).not.toContain(sentinel)
    for (const word of it.hides ?? []) expect(JSON.stringify(dataOf(answer) ?? null)).not.toContain(word)
    expect(world.touched.filter((name) => !it.runs?.includes(name))).toEqual([])
  })
  test(`${sentence} [and would be there to take]`, async () => {
    const answer = await plainly(createWorld(source, 'none'), it)
    expect(JSON.stringify(answer)).toContain(it.bait ?? sentinel)
  })
}
