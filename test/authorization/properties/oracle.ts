import {
  type Application,
  datumOf,
  type FieldModel,
  isLeaf,
  rootValue,
  type SchemaModel,
  type TypeModel,
  typeNamed,
  type Value,
} from './model.js'
import type { Condition, Input, Question, Selection } from './operation.js'

/**
 * What must come out, by the design alone: it walks the operation by hand, asks each rule where it is written, and
 * knows nothing of plans, guards, tables or GraphQL libraries.
 */
export type Verdict = {
  readonly data: unknown
  /** Where something was refused, list positions left out. */
  readonly refused: ReadonlySet<string>
  /** Whether a refusal took something above it along, so that what stands beside it may go unasked. */
  readonly bubbled: 'yes' | 'no'
}

/** Thrown to the nearest place that may be null. */
class Refused extends Error {}

const impliedBy: Readonly<Record<string, readonly string[]>> = { s0: ['s1'] }

/** Policies by name; those that look at a value, or at arguments. */
const policies: Readonly<Record<string, (value: Value, args: Readonly<Record<string, unknown>>) => boolean>> =
  {
    yes: () => true,
    no: () => false,
    later: () => true,
    odd: ({ seed }) => seed % 2 === 1,
    oddOfMany: ({ seed }) => seed % 2 === 1,
    big: (_, { x }) => Number(x) > 4,
  }
const looksAtValue = new Set(['odd', 'oddOfMany'])

export function foresee(schema: SchemaModel, { kind, selections, scopes }: Question): Verdict {
  const held = new Set(scopes?.flatMap((scope) => [scope, ...(impliedBy[scope] ?? [])]))
  const refused = new Set<string>()
  let bubbled: Verdict['bubbled'] = 'no'

  type Look = (policy: string) => boolean

  function meets(application: Application, holds: Look): boolean {
    const { scopes: all = [], anyOf, policies: every = [], orPolicies = [] } = application
    const instead = orPolicies.some(holds)
    const onlyInstead = orPolicies.length > 0 && !application.scopes && !anyOf && !application.policies
    if (onlyInstead) return instead
    const own =
      all.every((scope) => held.has(scope)) &&
      (!anyOf || anyOf.some((set) => set.every((scope) => held.has(scope)))) &&
      every.every(holds)
    return own || instead
  }

  const meetsAll = (coordinates: readonly string[], holds: Look): boolean =>
    coordinates
      .flatMap((coordinate) => schema.rules.get(coordinate) ?? [])
      .every((application) => scopes !== null && meets(application, holds))

  /** A type with the interfaces whose rules are its own too. */
  const withInterfaces = (name: string) => [name, ...(typeNamed(schema, name)?.interfaces ?? [])]

  /** Coordinates of every rule that the given inputs run into. */
  function metBy(type: string, input: Input): readonly string[] {
    const given = input.kind === 'variable' ? input.value : input
    if (given.kind === 'list') return given.items.flatMap((item) => metBy(type, item))
    const own = type === 'Int' ? [] : [type]
    if (given.kind === 'enum') return [...own, ...(given.value === 'Y' ? ['E.Y'] : [])]
    if (given.kind !== 'object') return own
    const inner = { v: 'Int', w: 'In', l: 'In', e: 'E' } as const
    return [
      ...own,
      ...Object.entries(inner).flatMap(([name, of]) => {
        const value = given.fields[name]
        return value ? [`In.${name}`, ...metBy(of, value)] : []
      }),
    ]
  }

  const isGiven = (input: Input) => input.kind !== 'variable' || input.comes !== 'not at all'

  function plainly(input: Input | undefined): unknown {
    if (!input || !isGiven(input)) return 3
    const value = input.kind === 'variable' ? input.value : input
    return value.kind === 'int' ? value.value : null
  }

  function isAllowed(
    type: TypeModel,
    field: FieldModel,
    value: Value,
    args: Readonly<Record<string, Input>>,
  ) {
    const places = [type.name, ...type.interfaces]
    const given = Object.entries(args).filter(([, input]) => isGiven(input))
    const types = { x: 'Int', p: 'In', e: 'E' }
    const own = [
      ...places,
      ...places.map((name) => `${name}.${field.name}`),
      ...given.flatMap(([name]) => places.map((place) => `${place}.${field.name}(${name}:)`)),
      ...Object.entries(types).flatMap(([name, of]) =>
        given.filter(([arg]) => arg === name).flatMap(([, input]) => metBy(of, input)),
      ),
    ]
    const seen = { x: plainly(args['x']) }
    const holds: Look = (policy) => policies[policy]?.(value, seen) ?? false
    // A rule of the returned type that looks at the value has to wait for one; all else must hold before.
    const before: Look = (policy) => (looksAtValue.has(policy) && !isLeaf(field) ? true : holds(policy))
    return meetsAll(own, holds) && meetsAll(withInterfaces(field.returns), before)
  }

  function isShown(returned: string, value: Value): boolean {
    const coordinates = [...withInterfaces(value.__typename), ...(returned === 'U' ? ['U'] : [])]
    return meetsAll(coordinates, (policy) => policies[policy]?.(value, {}) ?? false)
  }

  const applies = (on: string, typeName: string) =>
    on === 'U' ? schema.members.includes(typeName) : withInterfaces(typeName).includes(on)
  const runs = (when: Condition | null) => !when || (when.directive === 'include') === when.value

  type Gathered = Map<
    string,
    {
      readonly name: string
      readonly args: Readonly<Record<string, Input>>
      readonly selections: readonly Selection[]
    }
  >

  function gather(all: readonly Selection[], typeName: string, into: Gathered = new Map()): Gathered {
    for (const selection of all) {
      if (!runs(selection.when)) continue
      if (selection.kind === 'fragment') {
        if (applies(selection.on, typeName)) gather(selection.selections, typeName, into)
        continue
      }
      const { name, args } = into.get(selection.key) ?? selection
      const before = into.get(selection.key)?.selections ?? []
      into.set(selection.key, { name, args, selections: [...before, ...selection.selections] })
    }
    return into
  }

  function refuse(path: readonly string[]): never {
    refused.add(path.join('.'))
    throw new Refused()
  }

  /** Null in the place of what was refused, if it may be null. */
  function orNull<T>(mayBeNull: 'yes' | 'no', produce: () => T): T | null {
    try {
      return produce()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (mayBeNull === 'yes') return null
      bubbled = 'yes'
      throw error
    }
  }

  /** A refusal that goes further up does not keep those beside it from being asked: they may be waited for together. */
  function allOf<Item, Answer>(items: Iterable<Item>, produce: (item: Item) => Answer): Answer[] {
    const answers: Answer[] = []
    let refusal: Refused | null = null
    for (const item of items) {
      try {
        answers.push(produce(item))
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        refusal = error
      }
    }
    if (refusal) throw refusal
    return answers
  }

  function complete(
    field: FieldModel,
    datum: unknown,
    all: readonly Selection[],
    path: readonly string[],
  ): unknown {
    if (Array.isArray(datum)) {
      // [[T]!]: an inner list may not be null, an item may.
      return allOf(datum, (item) =>
        orNull(Array.isArray(item) ? 'no' : 'yes', () => complete(field, item, all, path)),
      )
    }
    if (isLeaf(field) || datum === null) return datum
    const value = datum as Value
    if (!isShown(field.returns, value)) refuse(path)
    return answer(value, value.__typename, all, path)
  }

  function answer(value: Value, typeName: string, all: readonly Selection[], path: readonly string[]) {
    const type = typeNamed(schema, typeName)
    const found = allOf(gather(all, typeName), ([key, { name, args, selections: inner }]) => {
      const field = type?.fields.find((candidate) => candidate.name === name)
      const at = [...path, key]
      if (!type || !field) return [key, typeName]
      const produced = orNull(field.required === 'yes' ? 'no' : 'yes', () => {
        if (!isAllowed(type, field, value, args)) refuse(at)
        const datum = datumOf(schema, value, field)
        if (datum === null && field.required === 'yes') throw new Refused()
        return complete(field, datum, inner, at)
      })
      return [key, produced]
    })
    return Object.fromEntries(found)
  }

  const data = orNull('yes', () => answer(rootValue, kind === 'query' ? 'Query' : 'Mutation', selections, []))
  return { data, refused, bubbled }
}
