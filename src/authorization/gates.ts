import type { GraphQLFieldResolver } from 'graphql'
import type { Engine } from './engine.js'
import type { GuardRegister } from './protect.js'
import { countOccurrence } from './refusal.js'
import type { Rules } from './requirement.js'
import { type Verdicts, verdictOf } from './verdict.js'

/** A guard that asks nothing but the verdict on one rule, by the id of the rule, and the resolver behind it. */
export type Gate = {
  readonly id: number
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined
}

/** By gate: 1 where the guard would let everything pass, 2 where it would refuse it; else the guard has to be asked. */
export type Passes = Readonly<Record<number, number>>

const pass = { ask: 0, allow: 1, deny: 2 } as const

/**
 * The guards as an executor may read them that answers many items with one caller: what they would say of each, it may
 * ask once, and again whenever other code has run. A guard that it cannot read this way it must call.
 */
export function createGates<Context>(engine: Engine<Context>, rules: Rules, register: GuardRegister) {
  const { verdictsFor, credentialOf, decided, options } = engine
  const byVerdicts = new WeakMap<Verdicts, Passes>()
  const nothing: Passes = Object.freeze({})
  let last: Verdicts | null = null
  let lastPasses = nothing

  function read(verdicts: Verdicts): Passes {
    const passes = Uint8Array.from(rules.all, (rule) => pass[verdictOf(verdicts, rule)])
    // Who only observes refuses nothing, and its guards report what they would have refused.
    return options.mode === 'observe' ? passes.map((each) => (each === pass.deny ? pass.ask : each)) : passes
  }

  /** The same object for as long as the rights are the same. Empty while decisions are counted: each guard counts its own. */
  function passesOf(context: Context): Passes {
    if (decided !== null) return nothing
    const verdicts = verdictsFor(credentialOf(context))
    if (verdicts === last) return lastPasses
    const passes = byVerdicts.get(verdicts) ?? read(verdicts)
    byVerdicts.set(verdicts, passes)
    last = verdicts
    lastPasses = passes
    return passes
  }

  return { gateOf: register.gateOf, passesOf, countOccurrence }
}

export type Gates<Context> = ReturnType<typeof createGates<Context>>
