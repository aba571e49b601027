import type { GraphQLResolveInfo } from 'graphql'
import type { Caller } from '../caller.js'
import { isPromiseLike } from '../maybe-promise.js'
import type { PolicySituation } from '../policies.js'

/** Why a policy denied although nobody decided so. For the log; a client never sees it. */
export type Failure = {
  readonly source: 'policy' | 'callerOf' | 'modeOf' | 'onDecision'
  readonly name: string
  readonly cause: unknown
}

/** What every policy is told. */
export type Told<Context> = {
  readonly caller: Caller
  readonly args: Readonly<Record<string, unknown>>
  readonly context: Context
  readonly info: GraphQLResolveInfo
}

/** In the place of an answer, when what went wrong has been reported. */
export const failed = Symbol('failed')

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

/** Calls into code of others: it may throw, answer anything, later or never, and none of it gets further than here. */
export function createPolicyCalls<Context>(onFailure: (failure: Failure) => void) {
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

  /** An answer now, a promise that settles within the limit (in milliseconds) and never rejects, or `failed`. */
  function call(
    name: string,
    limit: number,
    { caller, args, context, info }: Told<Context>,
    run: (input: PolicySituation<Context>) => unknown,
  ): unknown {
    const input = withSignal({ caller, args, context, info })
    const abort = () => controllerOf(input).abort()
    try {
      const answer = run(input)
      return isPromiseLike(answer) ? bounded(name, answer, limit, abort) : answer
    } catch (cause) {
      fail(name, cause)
      return failed
    }
  }

  /** Only `true` allows. A plain `false` is not worth a line in the log; a reason, and anything unexpected, is. */
  function allows(name: string, answer: unknown): boolean {
    if (typeof answer === 'boolean') return answer
    if (answer !== failed) fail(name, statesDenial(answer) ? answer : new TypeError(senseless))
    return false
  }

  /** The answers of a batch, read once; none when they are not one for each parent. */
  function answersIn(name: string, found: unknown, count: number): readonly unknown[] {
    if (found === failed) return []
    try {
      if (Array.isArray(found) && found.length === count) return [...found]
      throw new TypeError('A batch must answer with one verdict for each parent')
    } catch (cause) {
      fail(name, cause)
      return []
    }
  }

  return { call, allows, answersIn }
}
