import type { FieldNode } from 'graphql'
import type { AnswerCache, Execution } from './execution.js'
import { every, type MaybePromise, some } from '../maybe-promise.js'
import {
  dependenciesOf,
  looksAt,
  type Policy,
  type PolicyDependence,
  type PolicyParent,
} from '../policies.js'
import { createPolicyCalls, type Failure, type Told } from './policy-call.js'
import type { Alternative, Clause } from '../requirement.js'

/** What a policy is asked about, and in which execution. */
type Situation<Context> = Told<Context> & {
  readonly parent: PolicyParent
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

/** Runs policies: once for equal situations, batched where they take a batch, bounded in time, and failing closed. */
export function createPolicyRunner<Context>({ policies, timeoutMs, onFailure }: RunnerOptions<Context>) {
  const { call, allows, answersIn } = createPolicyCalls<Context>(onFailure)
  const dependencies = new Map([...policies].map(([name, policy]) => [name, dependenciesOf(policy)]))
  const waiting = new WeakMap<AnswerCache, Map<string, Map<unknown, Waiting>>>()

  function checkOne(
    name: string,
    policy: Policy<Context>,
    situation: Situation<Context>,
  ): MaybePromise<boolean> {
    if ('batch' in policy) return checkInBatch(name, policy, situation)
    const { parent } = situation
    const answer = call(name, policy.timeoutMs ?? timeoutMs, situation, (input) =>
      policy.check(Object.assign(input, { parent })),
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
      const found = await call(name, policy.timeoutMs ?? timeoutMs, situation, (input) =>
        policy.batch(Object.assign(input, { parents: [...parents] })),
      )
      return answersIn(name, found, parents.length)
    })
    const started = { parents, answers }
    queues.set(key, started)
    return answerAt(name, started, situation.parent)
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

  /** Whether the policies meet what the scopes have left of a clause. */
  return function meets(possible: Clause, situation: Situation<Context>): MaybePromise<boolean> {
    const alternativeHolds = ({ policies: names }: Alternative) =>
      every(names, (name) => holds(name, situation))
    return some(possible, alternativeHolds)
  }
}

/** Two microtasks on: late enough for a list whose items settle together, early enough to cost no turn of the loop. */
const later = () => Promise.resolve().then(() => undefined)
