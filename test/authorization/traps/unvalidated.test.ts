import { parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createExecutors } from '../../../src/authorization/index.js'
import { ask, askApollo, askBare, createSubject, holding } from '../doors.js'
import { trap } from './trap.js'
import { sentinel } from './world.js'

const sdl = /* GraphQL */ `
  interface Paper @public { text(level: Int): String }
  type Letter implements Paper @public { text(level: Int @auth(scopes: ["admin"])): String }
  enum Sort { NAME SALARY @auth(scopes: ["admin"]) }
  type HiddenThing @auth(scopes: ["admin"]) { hiddenField: String }
  type Query {
    open(sort: Sort): String @public
    paper: Paper @public
    me: Me @public
    hiddenRoot: HiddenThing
  }
  type Me @auth { name: String }
  type Mutation { write: Paper @public purge: String @auth(scopes: ["admin"]) }
`
const ran: string[] = []
const write = () => {
  ran.push('write')
  return { __typename: 'Letter', text: sentinel }
}
const subject = (options: Parameters<typeof createSubject>[2] = {}) => {
  ran.length = 0
  const resolvers = {
    Query: { open: () => 'open', me: () => ({ name: 'Ada' }) },
    Mutation: { write, purge: write },
  }
  return createSubject(sdl, resolvers, options)
}

describe('documents that nobody has validated', () => {
  trap('of two operations of one name the one that runs is judged', {
    document: 'query A { open } query A { admin me { email } } query A { admin me { email } }',
    operationName: 'A',
  })
  trap('of two fragments of one name the one that runs is judged', {
    document: '{ me { ...F } } fragment F on User { name } fragment F on User { email phone }',
  })
  trap('a directive that is repeated counts as execution reads it', {
    document:
      '{ me { email @include(if: true) @include(if: false) phone @skip(if: false) @skip(if: true) } }',
  })

  test.each([
    ['of one name', 'query A { open } query A { __schema { queryType { name } } }', 'A'],
    [
      'under @include twice',
      '{ open __schema @include(if: true) @include(if: false) { queryType { name } } }',
      null,
    ],
    ['under @skip twice', '{ open __schema @skip(if: false) @skip(if: true) { queryType { name } } }', null],
    [
      'in a fragment of one name',
      '{ ...F } fragment F on Query { open } fragment F on Query { __schema { queryType { name } } }',
      null,
    ],
  ])('introspection that is off stays off %s', async (_, source, operationName) => {
    const { schema, authorization } = subject({ introspection: 'off' })
    const { execute } = createExecutors(authorization)
    const contextValue = { caller: holding('admin') }
    const answer = await execute({ schema, document: parse(source), operationName, contextValue })
    expect(JSON.stringify(answer)).not.toContain('"Query"')
  })

  test('a mutation of one name with another does not run for it', async () => {
    const document = 'mutation A { write { __typename } } mutation A { write { __typename } purge }'
    for (const door of [ask, askBare]) {
      await door(subject(), { document, operationName: 'A', caller: holding() })
      expect(ran).toEqual([])
    }
  })
})

describe('what a plan knows of rules on implementers', () => {
  const document = '{ paper { text(level: 1) } }'

  test('an argument that only the implementer guards is not granted for good', () => {
    const { authorization } = subject()
    expect(authorization.plan(parse(document), null, {}, holding()).verdict).not.toBe('allow')
    expect(authorization.plan(parse(document), null, {}, holding('admin')).verdict).toBe('allow')
  })

  test('a mutation whose payload is refused on every possible type does not run', async () => {
    await askApollo(subject(), { document: 'mutation { write { text(level: 1) } }', caller: holding() })
    expect(ran).toEqual([])
  })
})

describe('introspection', () => {
  const asking = '{ __schema { types { name } } a: __type(name: "HiddenThing") { name fields { name } } }'

  test.each(['off', 'authenticated'] as const)(
    '%s: a stranger reads nothing of the schema',
    async (introspection) => {
      for (const document of [
        asking,
        `{ open ...F } fragment F on Query ${asking}`,
        `{ open x: __schema { types { name } } }`,
      ]) {
        const answers = [
          await ask(subject({ introspection }), { document }),
          (await askApollo(subject({ introspection }), { document })).result,
        ]
        for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('HiddenThing')
      }
    },
  )

  test('off: the administrator reads nothing of it either', async () => {
    const answer = await ask(subject({ introspection: 'off' }), {
      document: asking,
      caller: holding('admin'),
    })
    expect(answer).not.toHaveProperty('data')
  })

  test.each([
    ['by the list of types', '{ __schema { types { name fields { name } } } }'],
    ['by its name', '{ __type(name: "HiddenThing") { name } }'],
    [
      'by the name of a guarded value',
      '{ __type(name: "Sort") { enumValues(includeDeprecated: true) { name } } }',
    ],
    [
      'by the fields of the root',
      '{ __schema { queryType { fields { name type { name } } } mutationType { fields { name } } } }',
    ],
    [
      'by the possible types',
      '{ __type(name: "Paper") { possibleTypes { name fields { name args { name } } } } }',
    ],
    ['by an unknown field near its name', '{ hiddenRoo { hiddenField } }'],
    ['by a misspelt field of it', '{ hiddenRoot { hiddenFeld } }'],
    ['by an unknown type near its name', '{ open ... on HiddenThin { hiddenField } }'],
    ['by a misspelt enum value', '{ open(sort: SALRY) }'],
  ])('filtered: no hidden name shows %s', async (_, document) => {
    const hidden = ['HiddenThing', 'hiddenRoot', 'hiddenField', 'SALARY', 'purge'].filter(
      (name) => !document.includes(name),
    )
    const plainly = subject({ introspection: 'filtered' })
    const validated = plainly.authorization.validate(parse(document), holding()).map(({ message }) => message)
    const answers = [validated]
    if (validated.length === 0)
      answers.push([JSON.stringify(await ask(plainly, { document, caller: holding() }))])
    const apollo = await askApollo(subject({ introspection: 'filtered' }), { document, caller: holding() })
    answers.push([JSON.stringify(apollo.result)])
    for (const name of hidden) expect(answers.flat().join()).not.toContain(name)
  })

  test('filtered: a misspelt enum value in a variable suggests nothing', async () => {
    const question = {
      document: 'query ($s: Sort) { open(sort: $s) }',
      variables: { s: 'SALRY' },
      caller: holding(),
    }
    const answers = [
      await ask(subject({ introspection: 'filtered' }), question),
      (await askApollo(subject({ introspection: 'filtered' }), question)).result,
    ]
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain('SALARY')
  })

  // The schema as one caller sees it is another schema, which must not answer for the data.
  test('filtered: who reads the schema reads nothing else with it', async () => {
    const question = { document: '{ me { name } __type(name: "Me") { name } }', caller: holding() }
    for (const answer of [
      await ask(subject({ introspection: 'filtered' }), question),
      (await askApollo(subject({ introspection: 'filtered' }), question)).result,
    ]) {
      expect(answer).not.toHaveProperty('data')
    }
  })
})
