import { readFileSync } from 'node:fs'
import {
  getNamedType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredInputField,
} from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownDomains } from '../../src/domains.js'
import { rulesOf } from '../../src/domains/rules.js'
import { initialGrants } from '../../src/roles/role.js'
import { asCaller, createTestApp, type TestApp } from '../../src/testing/test-app.js'

/** docs/reference/access.md, read as a person reads it: coordinate -> role -> what its cell says. */
const documented = readTable(readFileSync('docs/reference/access.md', 'utf8'))
const roles = Object.entries(initialGrants(rulesOf(ownDomains).scopes))

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.stop())

test('the reference has a row for every field of the schema', () => {
  const fields = objectTypes(app.schema).flatMap((type) =>
    Object.keys(type.getFields()).map((field) => `${type.name}.${field}`),
  )
  expect([...documented.keys()].filter((coordinate) => /^\w+\.\w+$/.test(coordinate))).toEqual(
    expect.arrayContaining(fields),
  )
})

test.each(roles)('for %s every field is allowed or refused as the reference says', async (role, scopes) => {
  const { id } = await app.createUser({ roles: [role] })
  const caller = asCaller({ id, scopes })
  for (const { coordinates, document } of operations(app.schema)) {
    const cells = coordinates.map((coordinate) => documented.get(coordinate)?.get(role))
    const { errors } = await app.execute(document, {}, caller)
    const refused = errors.some(isRefusal)
    const says = cells.includes('') ? 'refused' : cells.includes('depends') ? 'depends' : 'allowed'
    if (says !== 'depends') expect([document, refused ? 'refused' : 'allowed']).toEqual([document, says])
  }
})

test('for nobody only what the reference calls public is allowed', async () => {
  for (const { coordinates, document } of operations(app.schema)) {
    const isPublic = coordinates.every(
      (coordinate) => documented.get(coordinate)?.get('Requires') === 'public',
    )
    const { errors } = await app.execute(document)
    const refused = errors.some(isRefusal)
    expect([document, refused ? 'refused' : 'allowed']).toEqual([document, isPublic ? 'allowed' : 'refused'])
  }
})

// A service may refuse too, by what it finds; only a rule has a coordinate.
const isRefusal = ({ extensions }: { extensions?: Record<string, unknown> }) =>
  extensions?.['coordinate'] !== undefined

function readTable(markdown: string): Map<string, Map<string, string>> {
  const rows = markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
  const [head = [], , ...body] = rows
  return new Map(
    body.map(([coordinate = '', ...cells]) => [
      coordinate.replaceAll('`', ''),
      new Map(cells.map((cell, index) => [head[index + 1] ?? '', cell])),
    ]),
  )
}

function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
  )
}

/** For every field an operation that ends in it, along the shortest way from a root. */
function* operations(schema: GraphQLSchema): Generator<{ coordinates: string[]; document: string }> {
  const starts = [
    { type: schema.getQueryType(), keyword: 'query' },
    { type: schema.getMutationType(), keyword: 'mutation' },
  ]
  for (const { type: root, keyword } of starts) {
    if (!root) continue
    const seen = new Set([root.name])
    const ways: { type: GraphQLObjectType; selections: string[]; coordinates: string[] }[] = [
      { type: root, selections: [], coordinates: [] },
    ]
    for (let way = ways.shift(); way; way = ways.shift()) {
      for (const field of Object.values(way.type.getFields())) {
        const coordinates = [...way.coordinates, `${way.type.name}.${field.name}`]
        const args = field.args.filter((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined)
        const values = args.map((arg) => `${arg.name}: ${literal(arg.type)}`)
        const selection = `${field.name}${values.length > 0 ? `(${values.join(', ')})` : ''}`
        const selections = [...way.selections, selection]
        const target = getNamedType(field.type)
        const end = isObjectType(target) ? ' { __typename }' : ''
        const document = `${keyword} { ${selections.join(' { ')}${end}${' }'.repeat(selections.length - 1)} }`
        yield { coordinates, document }
        if (isObjectType(target) && !seen.has(target.name)) {
          seen.add(target.name)
          ways.push({ type: target, selections, coordinates })
        }
      }
    }
  }
}

const literals: Readonly<Record<string, string>> = {
  Int: '1',
  Boolean: 'true',
  DateTime: '"2030-01-01T00:00:00Z"',
}

function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (!isInputObjectType(type)) return literals[type.name] ?? '"x"'
  const fields = Object.values(type.getFields()).filter(isRequiredInputField)
  return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`
}
