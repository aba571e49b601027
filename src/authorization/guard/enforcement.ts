import {
  type FieldNode,
  type GraphQLError,
  type GraphQLResolveInfo,
  isNonNullType,
  OperationTypeNode,
  responsePathAsArray,
} from 'graphql'
import { type Credential, isCaller } from '../caller.js'
import type { Compiled, Engine } from '../engine.js'
import type { Execution, Refused } from '../run/execution.js'
import { every, isPromiseLike, type MaybePromise } from '../maybe-promise.js'
import type { PolicyParent } from '../policies.js'
import { countOccurrence, refusalError } from '../refusal.js'
import type { Clause, Rule } from '../requirement.js'
import type { Templates } from '../plan/templates.js'
import { openOf, requiredInstead, verdictOf } from '../verdict.js'

type Arguments = Readonly<Record<string, unknown>>
export type Need = { readonly coordinate: string; readonly rule: Rule }

/** Errors that are made for one field, of which one will be reported. */
const enough = 20

/** What a check knows: who is calling, on what, in which run. */
export type Call<Context> = {
  readonly credential: Credential
  readonly parent: unknown
  readonly args: Arguments
  readonly context: Context
  readonly info: GraphQLResolveInfo
  /** For the checks that need something that lasts. A function: V8 keeps for long whatever a getter in a literal holds. */
  readonly executionOf: () => Execution
}

/** Where policies have refused it: the clause that they refused. */
type Unmet = Need & { readonly clause?: Clause }
type Outcome = 'allowed' | Unmet
/** Whether a policy was waited for. */
type When = 'at once' | 'later'

const inList = ({ path }: GraphQLResolveInfo) => {
  for (let at: GraphQLResolveInfo['path'] | undefined = path; at; at = at.prev) {
    if (typeof at.key === 'number') return true
  }
  return false
}

/** The list of whose items this is a field; none for a field of anything else. */
function listAround({ path: { prev: item } }: GraphQLResolveInfo): GraphQLResolveInfo['path'] | undefined {
  return typeof item?.key === 'number' ? item.prev : undefined
}

/** What a guard does once it has to do more than compare: asks, waits for policies, goes on or refuses. */
export function createEnforcement<Context>(
  engine: Engine<Context>,
  compiled: Compiled,
  templates: Templates,
) {
  const { verdictsFor, credentialOf, modeFor, decided, executions, meets, options } = engine

  function callOf(
    parent: unknown,
    args: Arguments,
    context: Context,
    info: GraphQLResolveInfo,
  ): Call<Context> {
    const executionOf = () => executions.of(info, context)
    return { credential: credentialOf(context), parent, args, context, info, executionOf }
  }

  /** The first need that the scopes deny, else what the policies say to the rest. */
  function settle(call: Call<Context>, needs: readonly Need[]): MaybePromise<Outcome> {
    const { credential } = call
    const verdicts = verdictsFor(credential)
    const open: Need[] = []
    for (const need of needs) {
      const verdict = verdictOf(verdicts, need.rule)
      decided?.({ coordinate: need.coordinate, verdict, phase: 'guard' })
      if (verdict === 'deny') return need
      if (verdict === 'ask') open.push(need)
    }
    const [first] = open
    if (!first) return 'allowed'
    if (!isCaller(credential)) return first
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a parent is, only its resolvers know
    const situation = { ...call, caller: credential, parent: call.parent as PolicyParent }
    let asked: Unmet = first
    const answer = every(open, (need) =>
      every(openOf(verdicts, need.rule), ({ clause, possible }) => {
        asked = { ...need, clause }
        return meets(possible, situation)
      }),
    )
    // What was asked last is what was refused.
    const conclude = (held: boolean): Outcome => {
      const { coordinate } = held ? first : asked
      decided?.({ coordinate, verdict: held ? 'allow' : 'deny', phase: 'policy' })
      return held ? 'allowed' : asked
    }
    return typeof answer === 'boolean' ? conclude(answer) : answer.then(conclude)
  }

  function errorFor(
    { credential }: Call<Context>,
    { coordinate, rule, clause }: Unmet,
    place?: { readonly path: readonly (string | number)[]; readonly nodes: readonly FieldNode[] },
  ): GraphQLError {
    const verdicts = verdictsFor(credential)
    const code = verdicts.kind === 'caller' ? 'FORBIDDEN' : 'UNAUTHENTICATED'
    const required = clause ? requiredInstead(verdicts, rule, clause) : rule.required
    return refusalError({ code, coordinate, required, ...place }, options)
  }

  /** An error that graphql-js need not locate, which would cost more than to make it. */
  function fieldError(call: Call<Context>, need: Unmet): GraphQLError {
    const { path, fieldNodes } = call.info
    return errorFor(call, need, { path: responsePathAsArray(path), nodes: fieldNodes })
  }

  /**
   * A refused field of the items of a list is one error at the first of them, which counts the others; they are null. That
   * takes an error that is sure to be reported: one that comes when something above it is null already is not, and what
   * that is need not be above the next. So not after waiting, when an item may have failed, and not for several lists,
   * until so many errors have been made that one of them will be.
   */
  function refuseField(call: Call<Context>, need: Unmet, when: When): null {
    const { info } = call
    if (isNonNullType(info.returnType) || !inList(info)) throw fieldError(call, need)
    const refusals = refusalsOf(call)
    const { coordinate, clause } = need
    const known = refusals.find((other) => other.coordinate === coordinate && other.clause === clause)
    const list = when === 'at once' ? listAround(info) : undefined
    if (known && ((list && known.list === list) || known.made >= enough)) {
      countOccurrence(known.error)
      return null
    }
    const error = fieldError(call, need)
    error.extensions['occurrences'] = 1
    if (known) Object.assign(known, { error, list, made: known.made + 1 })
    else refusals.push({ coordinate, clause, error, list, made: 1 })
    throw error
  }

  function refusalsOf({ executionOf, info: { fieldNodes } }: Call<Context>): Refused[] {
    const { refusals } = executionOf()
    const known = refusals.get(fieldNodes)
    if (known) return known
    const made: Refused[] = []
    refusals.set(fieldNodes, made)
    return made
  }

  /** Of a value, not of a field: only graphql-js knows at which item of a list. */
  function refuseOutright(call: Call<Context>, need: Unmet): never {
    throw errorFor(call, need)
  }

  /** Goes on when allowed, and in `observe` without waiting for the outcome. */
  function proceed<T, R>(
    call: Call<Context>,
    needs: readonly Need[],
    go: () => T,
    refuse: (call: Call<Context>, need: Unmet, when: When) => R,
  ): T | R | Promise<T | R> {
    const outcome = settle(call, needs)
    if (modeFor(call.context) === 'observe' || outcome === 'allowed') return go()
    if (!isPromiseLike(outcome)) return refuse(call, outcome, 'at once')
    return outcome.then((settled) => (settled === 'allowed' ? go() : refuse(call, settled, 'later')))
  }

  /** Decided before the first resolver also where nobody asked for a plan: a refused operation runs none. */
  function refuseOperation(call: Call<Context>): void {
    const { info, credential, context } = call
    const mode = modeFor(context)
    if (info.operation.operation === OperationTypeNode.QUERY && mode === 'partial' && !isBad(credential))
      return
    const variables = executions.variablesOf(info, context)
    const plan = engine.evaluate(compiled, templates.ofInfo(info), variables, credential, mode)
    if (plan.status === 200) return
    const own = plan.refusals.find(({ path }) => path[0] === info.path.key)
    const refusal = own ?? plan.refusals[0]
    if (refusal) {
      const { code, coordinate, required } = refusal
      throw refusalError({ code, coordinate, required }, options)
    }
  }

  const isBad = (credential: Credential) => verdictsFor(credential).kind === 'bad'

  return { callOf, proceed, refuseField, refuseOutright, refuseOperation }
}
