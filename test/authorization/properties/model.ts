import type { Tape } from './tape.js'

/** One application of @auth, as it is written. */
export type Application = {
  readonly scopes?: readonly string[]
  readonly anyOf?: readonly (readonly string[])[]
  readonly policies?: readonly string[]
  readonly orPolicies?: readonly string[]
}

/** What is written at each coordinate. */
export type Rules = ReadonlyMap<string, readonly Application[]>

export type FieldModel = {
  readonly name: string
  /** A composite type, `String` or the enum `E`. */
  readonly returns: string
  readonly shape: 'one' | 'list' | 'lists'
  readonly required: 'yes' | 'no'
}

export type TypeModel = {
  readonly name: string
  readonly kind: 'object' | 'interface'
  readonly interfaces: readonly string[]
  readonly fields: readonly FieldModel[]
}

export type SchemaModel = {
  readonly types: readonly TypeModel[]
  /** Members of the union `U`. */
  readonly members: readonly string[]
  readonly rules: Rules
}

export const scopeNames = ['s0', 's1', 's2', 's3'] as const
export const registry = { s0: { implies: ['s1'] }, s1: {}, s2: {}, s3: {} }

/** Policies that look at no arguments, and those that may. */
const anywhere = ['yes', 'no', 'later', 'odd', 'oddOfMany'] as const
const onFields = [...anywhere, 'big'] as const

const objects = ['A', 'B', 'C'] as const
export const inputFields = ['v', 'w', 'l', 'e'] as const
export const leafArguments = ['x', 'p', 'e'] as const

/** The fields that take arguments: all leaves. */
export const isLeaf = ({ returns }: FieldModel) => returns === 'String' || returns === 'E'

function someOf<T>(tape: Tape, from: readonly [T, ...T[]]): readonly T[] {
  const first = tape.pick(from)
  return tape.rarely(3) === 'yes' ? [first, tape.pick(from)] : [first]
}

export function drawApplication(tape: Tape, place: 'field' | 'elsewhere'): Application {
  const policies = place === 'field' ? onFields : anywhere
  const parts: readonly [Application, ...Application[]] = [
    {},
    { scopes: someOf(tape, scopeNames) },
    { scopes: someOf(tape, scopeNames) },
    { anyOf: [someOf(tape, scopeNames), someOf(tape, scopeNames)] },
    { policies: someOf(tape, policies) },
  ]
  const alternatives: readonly [Application, ...Application[]] = [
    {},
    {},
    { orPolicies: someOf(tape, policies) },
  ]
  return { ...tape.pick(parts), ...tape.pick(alternatives) }
}

function drawField(tape: Tape, name: string, kind: 'leaf' | 'composite'): FieldModel {
  const composite = ['A', 'B', 'C', 'I', 'J', 'U'] as const
  return {
    name,
    returns: kind === 'leaf' ? tape.pick(['String', 'String', 'E']) : tape.pick(composite),
    shape: tape.pick(['one', 'one', 'list', 'lists']),
    required: tape.rarely(5),
  }
}

/** Every coordinate at which a rule can be written. */
export function coordinatesOf({ types }: Pick<SchemaModel, 'types'>): readonly string[] {
  const ofTypes = types.flatMap((type) => [
    ...(['Query', 'Mutation'].includes(type.name) ? [] : [type.name]),
    ...type.fields.flatMap((field) => [
      `${type.name}.${field.name}`,
      ...(isLeaf(field) ? leafArguments.map((arg) => `${type.name}.${field.name}(${arg}:)`) : []),
    ]),
  ])
  return [...ofTypes, 'U', 'E', 'E.Y', 'In', ...inputFields.map((name) => `In.${name}`)]
}

const placeOf = (coordinate: string) =>
  coordinate.includes('.') && !coordinate.startsWith('In.') && !coordinate.startsWith('E.')
    ? 'field'
    : 'elsewhere'

export function drawSchema(tape: Tape): SchemaModel {
  const ofJ = tape.rarely(2) === 'yes' ? ['I'] : []
  const i = drawField(tape, 'i', 'leaf')
  const j = drawField(tape, 'j', 'leaf')
  const fieldsOf = (interfaces: readonly string[]) => [
    ...(interfaces.includes('I') ? [i] : []),
    ...(interfaces.includes('J') ? [j] : []),
  ]
  const drawObject = (name: string): TypeModel => {
    const interfaces = tape.pick([[], ['I'], ['J', ...ofJ], ['I', 'J']])
    const own = [
      drawField(tape, 'a', 'leaf'),
      drawField(tape, 'b', 'leaf'),
      drawField(tape, 'n', 'composite'),
    ]
    return { name, kind: 'object', interfaces, fields: [...fieldsOf(interfaces), ...own] }
  }
  const drawRoot = (name: string): TypeModel => ({
    name,
    kind: 'object',
    interfaces: [],
    fields: ['q', 'r', 's', 't'].map((field, at) => drawField(tape, field, at === 0 ? 'leaf' : 'composite')),
  })
  const types: readonly TypeModel[] = [
    { name: 'I', kind: 'interface', interfaces: [], fields: [i] },
    { name: 'J', kind: 'interface', interfaces: ofJ, fields: fieldsOf([...ofJ, 'J']) },
    ...objects.map(drawObject),
    drawRoot('Query'),
    drawRoot('Mutation'),
  ]
  const members = tape.pick([['A'], ['A', 'B'], ['B', 'C'], ['A', 'B', 'C']])
  const rules = new Map<string, readonly Application[]>()
  for (const coordinate of coordinatesOf({ types })) {
    if (tape.rarely(4) === 'no') continue
    const applications = [drawApplication(tape, placeOf(coordinate))]
    if (tape.rarely(6) === 'yes') applications.push(drawApplication(tape, placeOf(coordinate)))
    rules.set(coordinate, applications)
  }
  return { types, members, rules }
}

/** The same schema with one more rule somewhere. */
export function withOneMoreRule(schema: SchemaModel, tape: Tape): SchemaModel {
  const [first = 'A', ...rest] = coordinatesOf(schema)
  const coordinate = tape.pick([first, ...rest])
  const more = drawApplication(tape, placeOf(coordinate))
  const rules = new Map(schema.rules)
  rules.set(coordinate, [...(rules.get(coordinate) ?? []), more])
  return { ...schema, rules }
}

export function typeNamed({ types }: SchemaModel, name: string): TypeModel | undefined {
  return types.find((type) => type.name === name)
}

/** The object types that a value can have where this type is returned. */
export function possibleOf(schema: SchemaModel, name: string): readonly string[] {
  if (name === 'U') return schema.members
  const implementers = schema.types.filter(
    ({ kind, interfaces }) => kind === 'object' && interfaces.includes(name),
  )
  return typeNamed(schema, name)?.kind === 'object' ? [name] : implementers.map((type) => type.name)
}

/** Whether any rule at all covers a field. Those that none covers must be marked @public. */
function isCovered(schema: SchemaModel, type: TypeModel, field: FieldModel): boolean {
  const returned = typeNamed(schema, field.returns)
  const coordinates = [
    type.name,
    ...type.interfaces,
    `${type.name}.${field.name}`,
    ...type.interfaces.map((name) => `${name}.${field.name}`),
    field.returns,
    ...(returned?.interfaces ?? []),
  ]
  return coordinates.some((coordinate) => schema.rules.has(coordinate))
}

const literal = (names: readonly string[]) => `[${names.map((name) => `"${name}"`).join(', ')}]`

function printApplication({ scopes, anyOf, policies, orPolicies }: Application): string {
  const args = [
    ...(scopes ? [`scopes: ${literal(scopes)}`] : []),
    ...(anyOf ? [`anyOf: [${anyOf.map(literal).join(', ')}]`] : []),
    ...(policies ? [`policies: ${literal(policies)}`] : []),
    ...(orPolicies ? [`orPolicies: ${literal(orPolicies)}`] : []),
  ]
  return args.length > 0 ? ` @auth(${args.join(', ')})` : ' @auth'
}

const shapes = {
  one: (name: string) => name,
  list: (name: string) => `[${name}]`,
  lists: (name: string) => `[[${name}]!]`,
}

export function printSchema(schema: SchemaModel): string {
  const rulesAt = (coordinate: string) => (schema.rules.get(coordinate) ?? []).map(printApplication).join('')
  const printField = (type: TypeModel, field: FieldModel) => {
    const at = `${type.name}.${field.name}`
    const args = isLeaf(field)
      ? `(x: Int = 3${rulesAt(`${at}(x:)`)}, p: In${rulesAt(`${at}(p:)`)}, e: E${rulesAt(`${at}(e:)`)})`
      : ''
    const open = isCovered(schema, type, field) ? '' : ' @public'
    const bang = field.required === 'yes' ? '!' : ''
    return `${field.name}${args}: ${shapes[field.shape](field.returns)}${bang}${rulesAt(at)}${open}`
  }
  const printType = (type: TypeModel) => {
    const implemented = type.interfaces.length > 0 ? ` implements ${type.interfaces.join(' & ')}` : ''
    const fields = type.fields.map((field) => `  ${printField(type, field)}`)
    const keyword = type.kind === 'object' ? 'type' : 'interface'
    return `${keyword} ${type.name}${implemented}${rulesAt(type.name)} {\n${fields.join('\n')}\n}`
  }
  const inputTypes = { v: 'Int', w: 'In', l: '[In!]', e: 'E' }
  return [
    ...schema.types.map(printType),
    `union U${rulesAt('U')} = ${schema.members.join(' | ')}`,
    `enum E${rulesAt('E')} { X Y${rulesAt('E.Y')} }`,
    `input In${rulesAt('In')} { ${inputFields.map((name) => `${name}: ${inputTypes[name]}${rulesAt(`In.${name}`)}`).join(' ')} }`,
  ].join('\n')
}

/** A value of an object type. What its fields hold follows from its seed alone. */
export type Value = { readonly __typename: string; readonly seed: number }

export const rootValue: Value = { __typename: 'Query', seed: 1 }

const mix = (seed: number, text: string) =>
  Array.from(text).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 99_991, seed + 7)

/** The datum of a field: a string, a value, null, or (nested) lists of them. */
export function datumOf(schema: SchemaModel, { seed }: Value, field: FieldModel): unknown {
  const possible = possibleOf(schema, field.returns)
  const item = (at: number): unknown => {
    const own = mix(seed, `${field.name}${at}`)
    if (field.returns === 'String') return `${seed}.${field.name}.${at}`
    if (field.returns === 'E') return 'X'
    if (possible.length === 0 || own % 9 === 0) return null
    return { __typename: possible[own % possible.length] ?? '', seed: own }
  }
  const items = (at: number) =>
    Array.from({ length: mix(seed, field.name) % 4 }, (_, index) => item(at * 10 + index))
  if (field.shape === 'one') return field.required === 'yes' ? (item(0) ?? item(1)) : item(0)
  return field.shape === 'list' ? items(0) : [items(1), items(2)]
}
