import { type GraphQLFieldResolver, type OperationDefinitionNode, OperationTypeNode } from 'graphql'
import type { Engine } from '../engine.js'
import type { GuardRegister } from './protect.js'
import { countOccurrence } from '../refusal.js'
import type { Rule, Rules } from '../requirement.js'
import { type Verdicts, verdictOf } from '../verdict.js'

/** A guard that asks nothing but a verdict, and the resolver behind it. */
export type Gate = {
  readonly id: number
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined
}

/** By gate: 1 where the guard would let everything pass, 2 where it would refuse it; else the guard has to be asked. */
export type Passes = Readonly<Record<number, number>>

const pass = { ask: 0, allow: 1, deny: 2 } as const

/** Two gates a rule: that of fields, and that of the root fields of queries, whose guards look at the whole operation too. */
export function gateId(rule: Rule, place: 'inner' | 'query' | 'other root'): number | null {
  if (place === 'other root') return null
  return rule.id * 2 + (place === 'inner' ? 0 : 1)
}

/** `whole`: for operations that are refused as a whole, by `reject` or because they are no queries. */
type ByManner = { readonly partial: Passes; readonly whole: Passes }

/**
 * The verdicts of guards for an executor that answers many items for one caller: it reads them once, and again whenever code
 * of others has run. A guard that has no gate has to be called for each item.
 */
export function createGates<Context>(engine: Engine<Context>, rules: Rules, register: GuardRegister) {
  const { verdictsFor, credentialOf, modeFor, decided, options } = engine
  const byVerdicts = new WeakMap<Verdicts, ByManner>()
  const nothing: Passes = Object.freeze({})
  let last: Verdicts | null = null
  let lastPasses: ByManner = { partial: nothing, whole: nothing }

  function passOf(verdicts: Verdicts, rule: Rule): number {
    const verdict = verdictOf(verdicts, rule)
    // Who only observes refuses nothing, and its guards report what they would have refused.
    return verdict === 'deny' && options.mode === 'observe' ? pass.ask : pass[verdict]
  }

  function read(verdicts: Verdicts): ByManner {
    const each = rules.all.map((rule) => passOf(verdicts, rule))
    return {
      partial: Uint8Array.from(each.flatMap((one) => [one, one])),
      // The guards of root fields refuse for what is refused elsewhere.
      whole: Uint8Array.from(each.flatMap((one) => [one, pass.ask])),
    }
  }

  /** The same object for as long as the rights are the same. Empty while decisions are counted: each guard counts its own. */
  function passesOf(context: Context, { operation }: OperationDefinitionNode): Passes {
    if (decided !== null) return nothing
    // Asked first: the host answers it, by code that may lead here again.
    const isWhole = operation !== OperationTypeNode.QUERY || modeFor(context) === 'reject'
    const verdicts = verdictsFor(credentialOf(context))
    if (verdicts !== last) {
      lastPasses = byVerdicts.get(verdicts) ?? read(verdicts)
      byVerdicts.set(verdicts, lastPasses)
      last = verdicts
    }
    return isWhole ? lastPasses.whole : lastPasses.partial
  }

  return { gateOf: register.gateOf, passesOf, countOccurrence }
}

export type Gates<Context> = ReturnType<typeof createGates<Context>>
