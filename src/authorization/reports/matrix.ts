import { type ArgumentNode, type ExecutionResult, type GraphQLSchema, Kind, parseValue } from 'graphql'
import { createDocumentWriter } from './document-writer.js'
import { type Door, doorsOf, type Step, stepsOn } from './doors.js'
import { providedInputs } from '../plan/inputs.js'
import { normalise, type Requirement, waysToMeet } from '../requirement.js'
import type { ScopeRegistry } from '../scopes.js'
import type { InputEntry, InputTypeEntry, Table } from '../table.js'

export type MatrixOptions = {
  /** GraphQL literals by argument or input coordinate, or by type name: `{ DateTime: '"2030-01-01T00:00:00Z"' }`. */
  readonly values?: Readonly<Record<string, string>>
}

export type MatrixCase = {
  /** A sentence: what is asked, by which door, with which scopes, and what must come of it. */
  readonly name: string
  /** The coordinate on trial. */
  readonly coordinate: string
  /** The field through which its type is reached; the coordinate itself at a root. */
  readonly door: string
  readonly document: string
  /** The fields from the root to the coordinate, or to the field that takes it. */
  readonly path: readonly string[]
  /** Null: nobody is signed in. */
  readonly scopes: readonly string[] | null
  /** Policies that must answer true for the expectation to hold. */
  readonly policies: readonly string[]
  readonly expected: 'allowed' | 'refused'
}

export type MatrixOutcome = 'allowed' | 'refused' | 'unreached'

type Trial = {
  readonly coordinate: string
  readonly door: string
  readonly document: string
  readonly path: readonly string[]
  readonly requirement: Requirement
}

/** Whether scopes, all policies granted, meet a requirement. */
type Holds = (
  requirement: Requirement,
  scopes: readonly string[],
  policies: readonly string[],
) => 'yes' | 'no'

/** A thing inside an argument that carries a rule, and the coordinates down to it, its own included. */
type Way = { readonly to: string; readonly coordinates: readonly string[] }

const argumentNode = ([name, literal]: readonly [string, string]): ArgumentNode => ({
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: name },
  value: parseValue(literal),
})

const described = (scopes: readonly string[], policies: readonly string[]) =>
  [scopes.length > 0 ? scopes.join(' ') : 'no scope', ...policies.map((name) => `policy ${name}`)].join(', ')

/** For one trial: each minimal set that is enough, every set one short of it, and nobody. */
function casesOf({ requirement, ...trial }: Trial, holds: Holds): readonly MatrixCase[] {
  const named = (who: string, expected: MatrixCase['expected']) =>
    `${trial.coordinate} by ${trial.door} is ${expected} with ${who}`
  const nobody: MatrixCase = {
    ...trial,
    name: `${trial.coordinate} by ${trial.door} is refused to nobody in particular`,
    scopes: null,
    policies: [],
    expected: 'refused',
  }
  const ways = waysToMeet(requirement) ?? []
  const cases = ways.flatMap(({ scopes, policies }): MatrixCase[] => {
    const enough: MatrixCase = {
      ...trial,
      name: named(described(scopes, policies), 'allowed'),
      scopes,
      policies,
      expected: 'allowed',
    }
    const short = scopes
      .map((missing) => scopes.filter((scope) => scope !== missing))
      .filter((rest) => holds(requirement, rest, policies) === 'no')
    return [
      enough,
      ...short.map(
        (rest): MatrixCase => ({
          ...trial,
          name: named(described(rest, policies), 'refused'),
          scopes: rest,
          policies,
          expected: 'refused',
        }),
      ),
    ]
  })
  return [...cases, nobody]
}

/**
 * Every guarded coordinate, through every door, with each scope set that is just enough and each that just is not. One that
 * more than 256 sets meet is tried by nobody in particular alone.
 */
export function createMatrix(
  schema: GraphQLSchema,
  table: Table,
  expand: ScopeRegistry['expand'],
  { values = {} }: MatrixOptions = {},
): readonly MatrixCase[] {
  const holds: Holds = (requirement, scopes, policies) => {
    const held = expand(scopes)
    const met = requirement.every((clause) =>
      clause.some(
        (alternative) =>
          alternative.scopes.every((scope) => held.has(scope)) &&
          alternative.policies.every((name) => policies.includes(name)),
      ),
    )
    return met ? 'yes' : 'no'
  }

  const { argumentsOf, writeDocument } = createDocumentWriter(schema, table, values)

  /** All that must hold for a step: the field, the types behind it, the inputs that it is given. */
  function requirementOf(step: Step, way: readonly string[]): Requirement {
    const { entry } = step
    const args = argumentsOf(step, way).map(argumentNode)
    const inputs = providedInputs(table, entry, args, { form: 'raw', values: {}, definitions: [] })
    const value = table.types.get(entry.returns)?.rule
    const own = table.types.get(step.type.name)?.rule
    return [entry.rule, value, own, ...inputs.map(({ rule }) => rule)].flatMap(
      (rule) => rule?.requirement ?? [],
    )
  }

  function trial(door: Door, last: Step, coordinate: string, way: readonly string[]): Trial {
    return {
      coordinate,
      door: (door.at(-1) ?? last).entry.coordinate,
      document: writeDocument(door, last, way),
      path: [...door, last].map(({ field }) => field.name),
      requirement: normalise([
        ...door.flatMap((step) => requirementOf(step, [])),
        ...requirementOf(last, way),
      ]),
    }
  }

  const trials: Trial[] = []
  for (const [type, doors] of doorsOf(schema, table)) {
    for (const last of stepsOn(table, type)) {
      const ways = [...last.entry.args.values()].flatMap((arg) => waysInto(table, arg, []))
      for (const door of doors) {
        if (last.entry.rule) trials.push(trial(door, last, last.entry.coordinate, []))
        for (const { to, coordinates } of ways) trials.push(trial(door, last, to, coordinates))
      }
    }
  }
  return trials.flatMap((each) => casesOf(each, holds))
}

/** The ways down from an argument or input field to itself and to each thing inside that carries a rule; no type twice on one way. */
function waysInto(table: Table, input: InputEntry, above: readonly InputTypeEntry[]): readonly Way[] {
  const { coordinate, rule, type } = input
  const own: readonly Way[] = rule ? [{ to: coordinate, coordinates: [coordinate] }] : []
  if (!table.ruled.has(type) || above.includes(type)) return own
  const inside: readonly Way[] = [
    ...[...type.values.values()].map((value) => ({ to: value.coordinate, coordinates: [value.coordinate] })),
    ...[...type.fields.values()].flatMap((field) => waysInto(table, field, [...above, type])),
  ]
  return [...own, ...inside.map(({ to, coordinates }) => ({ to, coordinates: [coordinate, ...coordinates] }))]
}

/**
 * What an answer says of a case: `refused` by an error of the engine, `allowed` without one; `unreached` when a null or
 * an empty list lay before it, so that the answer proves nothing.
 */
export function outcomeOf({ path }: MatrixCase, { data, errors }: ExecutionResult): MatrixOutcome {
  const codes = new Set<unknown>(errors?.map(({ extensions }) => extensions?.['code']))
  if (codes.has('FORBIDDEN') || codes.has('UNAUTHENTICATED')) return 'refused'
  return reaches(data, path) ? 'allowed' : 'unreached'
}

/** Whether some branch of the data has something at the path. */
function reaches(data: unknown, path: readonly string[]): boolean {
  if (Array.isArray(data)) return data.some((item) => reaches(item, path))
  const [key, ...rest] = path
  if (key === undefined) return true
  return (
    typeof data === 'object' &&
    data !== null &&
    Object.hasOwn(data, key) &&
    reaches(Reflect.get(data, key), rest)
  )
}
