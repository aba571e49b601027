import type { FieldNode, GraphQLResolveInfo } from 'graphql'
import type { Caller } from './caller.js'
import type { AnswerCache, Execution } from './execution.js'
import { every, isPromiseLike, type MaybePromise, some } from './maybe-promise.js'
import {
  dependenciesOf,
  looksAt,
  type Policy,
  type PolicyDependence,
  type PolicyParent,
  type PolicySituation,
} from './policies.js'
import type { Alternative, Clause, Requirement } from './requirement.js'

/** Why a policy denied although nobody decided so. For the log; a client never sees it. */
export type Failure = {
  readonly source: 'policy' | 'callerOf' | 'modeOf' | 'onDecision'
  readonly name: string
  readonly cause: unknown
}

/** What a policy is asked about, and in which execution. */
export type Situation<Context> = {
  readonly caller: Caller
  readonly parent: PolicyParent
  readonly args: Readonly<Record<string, unknown>>
  readonly context: Context
  readonly info: GraphQLResolveInfo
  readonly executionOf: () => Execution
}

type RunnerOptions<Context> = {
  readonly policies: ReadonlyMap<string, Policy<Context>>
  readonly timeoutMs: number
  readonly onFailure: (failure: Failure) => void
}

type Waiting = {
  readonly parents: PolicyParent[]
  readonly answers: Promise<readonly unknown[]>
}

/** The arguments of a check on a value, which may have come by any field. */
export const noArguments: Readonly<Record<string, unknown>> = Object.freeze({})

const anything = Symbol('anything')

/** In the place of an answer, when what went wrong has been reported. */
const failed = Symbol('failed')

const senseless = 'Answered neither true nor a denial'

function statesDenial(answer: unknown): boolean {
  try {
    return typeof answer === 'object' && answer !== null && 'denied' in answer
  } catch {
    // What cannot be looked at states nothing.
    return false
  }
}

const controllers = new WeakMap<object, AbortController>()

function controllerOf(input: object): AbortController {
  const known = controllers.get(input)
  if (known) return known
  const made = new AbortController()
  controllers.set(input, made)
  return made
}

/** An abort signal costs nothing until somebody asks for it. On a prototype: a getter of its own costs each object 1 us. */
const onDemand: Pick<PolicySituation<unknown>, 'signal'> = {
  get signal() {
    return controllerOf(this).signal
  },
}

function withSignal<T extends object>(told: T): T & typeof onDemand {
  const input: typeof onDemand = Object.create(onDemand)
  return Object.assign(input, told)
}

/** Runs policies: once for equal situations, batched where they take a batch, bounded in time, and failing closed. */
export function createPolicyRunner<Context>({ policies, timeoutMs, onFailure }: RunnerOptions<Context>) {
  const dependencies = new Map([...policies].map(([name, policy]) => [name, dependenciesOf(policy)]))
  const waiting = new WeakMap<AnswerCache, Map<string, Map<unknown, Waiting>>>()

  const fail = (name: string, cause: unknown) => onFailure({ source: 'policy', name, cause })

  /** Awaiting adopts what only looks like a promise: its `then` may throw, or resolve to another one. */
  async function settled(name: string, answer: PromiseLike<unknown>): Promise<unknown> {
    try {
      return await answer
    } catch (cause) {
      fail(name, cause)
      return failed
    }
  }

  function bounded(name: string, answer: PromiseLike<unknown>, limit: number, abort: () => void) {
    if (limit === Number.POSITIVE_INFINITY) return settled(name, answer)
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<typeof failed>((resolve) => {
      timer = setTimeout(() => {
        abort()
        fail(name, new Error(`No answer within ${limit} ms`))
        resolve(failed)
      }, limit)
    })
    return Promise.race([settled(name, answer), late]).finally(() => clearTimeout(timer))
  }

  /** Only `true` allows. A plain `false` is not worth a line in the log; a reason, and anything unexpected, is. */
  function allows(name: string, answer: unknown): boolean {
    if (typeof answer === 'boolean') return answer
    if (answer !== failed) fail(name, statesDenial(answer) ? answer : new TypeError(senseless))
    return false
  }

  /** Calls into the policy: an answer now, a bounded promise, or `failed`. */
  function call(
    name: string,
    policy: Policy<Context>,
    situation: Situation<Context>,
    run: (input: PolicySituation<Context>) => unknown,
  ): unknown {
    const { caller, args, context, info } = situation
    const input = withSignal({ caller, args, context, info })
    const abort = () => controllerOf(input).abort()
    try {
      const answer = run(input)
      return isPromiseLike(answer) ? bounded(name, answer, policy.timeoutMs ?? timeoutMs, abort) : answer
    } catch (cause) {
      fail(name, cause)
      return failed
    }
  }

  function checkOne(
    name: string,
    policy: Policy<Context>,
    situation: Situation<Context>,
  ): MaybePromise<boolean> {
    if ('batch' in policy) return checkInBatch(name, policy, situation)
    const answer = call(name, policy, situation, (input) =>
      policy.check(Object.assign(input, { parent: situation.parent })),
    )
    return answer instanceof Promise
      ? answer.then((value: unknown) => allows(name, value))
      : allows(name, answer)
  }

  /** Gathers the parents of a turn of the event loop's microtasks, then asks once for all of them. */
  function checkInBatch(
    name: string,
    policy: Extract<Policy<Context>, { batch: unknown }>,
    situation: Situation<Context>,
  ): Promise<boolean> {
    const queues = queuesOf(name, situation)
    const key = argumentsKey(name, situation)
    const open = queues.get(key)
    if (open) return answerAt(name, open, situation.parent)
    const parents: PolicyParent[] = []
    const answers = later().then(async () => {
      queues.delete(key)
      const found = await call(name, policy, situation, (input) =>
        policy.batch(Object.assign(input, { parents })),
      )
      return found === failed ? [] : verdictsIn(name, found, parents.length)
    })
    const started = { parents, answers }
    queues.set(key, started)
    return answerAt(name, started, situation.parent)
  }

  /** The answers of a batch, read once; none when they are not one for each parent. */
  function verdictsIn(name: string, found: unknown, count: number): readonly unknown[] {
    try {
      if (Array.isArray(found) && found.length === count) return [...found]
      throw new TypeError('A batch must answer with one verdict for each parent')
    } catch (cause) {
      fail(name, cause)
      return []
    }
  }

  async function answerAt(name: string, { parents, answers }: Waiting, parent: PolicyParent) {
    const at = parents.push(parent) - 1
    const found = await answers
    return at < found.length && allows(name, found[at])
  }

  const dependsOn = (name: string, dependence: PolicyDependence) =>
    looksAt(dependencies.get(name), dependence)

  const argumentKeys = new WeakMap<FieldNode, Map<string, object>>()

  /** The same field of the same type has the same arguments within one operation; a type has none of its own. */
  function argumentsKey(name: string, { args, info }: Situation<Context>): unknown {
    const [node] = info.fieldNodes
    if (!node || args === noArguments || !dependsOn(name, 'arguments')) return noArguments
    const byType = argumentKeys.get(node) ?? new Map<string, object>()
    argumentKeys.set(node, byType)
    const key = byType.get(info.parentType.name) ?? {}
    byType.set(info.parentType.name, key)
    return key
  }

  function queuesOf(name: string, situation: Situation<Context>): Map<unknown, Waiting> {
    const cache = cacheOf(situation)
    const byName = waiting.get(cache) ?? new Map<string, Map<unknown, Waiting>>()
    waiting.set(cache, byName)
    const queues = byName.get(name) ?? new Map<unknown, Waiting>()
    byName.set(name, queues)
    return queues
  }

  function cacheOf({ caller, executionOf }: Situation<Context>): AnswerCache {
    const { answers } = executionOf()
    const known = answers.get(caller)
    if (known) return known
    const cache: AnswerCache = new Map()
    answers.set(caller, cache)
    return cache
  }

  function holds(name: string, situation: Situation<Context>): MaybePromise<boolean> {
    const cache = cacheOf(situation)
    const parentKey = dependsOn(name, 'parent') ? situation.parent : anything
    const byParent = cache.get(name) ?? new Map<unknown, Map<unknown, MaybePromise<boolean>>>()
    cache.set(name, byParent)
    const byArguments = byParent.get(parentKey) ?? new Map<unknown, MaybePromise<boolean>>()
    byParent.set(parentKey, byArguments)
    const key = argumentsKey(name, situation)
    const known = byArguments.get(key)
    if (known !== undefined) return known
    const policy = policies.get(name)
    const answer = policy !== undefined && checkOne(name, policy, situation)
    byArguments.set(key, answer)
    return answer
  }

  /** Whether the policies meet what the scopes have left open. */
  return function meets(open: Requirement, situation: Situation<Context>): MaybePromise<boolean> {
    const alternativeHolds = ({ policies: names }: Alternative) =>
      every(names, (name) => holds(name, situation))
    return every(open, (clause: Clause) => some(clause, alternativeHolds))
  }
}

/** Two microtasks on: late enough for a list whose items settle together, early enough to cost no turn of the loop. */
const later = () => Promise.resolve().then(() => undefined)

export type PolicyRunner<Context> = ReturnType<typeof createPolicyRunner<Context>>
