import { getIntrospectionQuery, parse, printSchema, validateSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { type AuthorizationOptions, createExecutors, type Credential } from '../../src/authorization/index.js'
import { ask, askApollo, createSubject, holding, type TestContext } from './doors.js'

const sdl = /* GraphQL */ `
  enum Role { MEMBER ADMIN @auth(scopes: ["admin"]) }
  enum AllHidden { X @auth(scopes: ["admin"]) }
  input Patch { name: String roles: [Role] @auth(scopes: ["admin"]) }
  input Demanding { name: String secretly: SecretInput! }
  input SecretInput @auth(scopes: ["admin"]) { x: Int }
  interface Node @public { id: ID! }
  interface Mailable @auth { email(format: String): String }
  interface Vault @auth(scopes: ["admin"]) { gold: Int }
  type User implements Node & Mailable @auth { id: ID! email(format: String @auth(scopes: ["admin"])): String ssn: String @auth(scopes: ["admin"]) }
  type Agent implements Mailable @auth { codename: String email(format: String): String @auth(scopes: ["admin"]) }
  type Secret implements Node & Vault @auth(scopes: ["admin"]) { id: ID! gold: Int }
  type Orphan @auth { x: Int }
  type Hollow @auth { x: Int @auth(scopes: ["admin"]) }
  union Found @auth = User | Secret
  union Hidden @auth = Secret
  scalar Cipher @auth(scopes: ["admin"])
  type Query {
    ping: String @public
    user(patch: Patch, role: Role, cipher: Cipher, demand: Demanding, all: AllHidden): User
    agent: Agent
    mail: Mailable
    needs(secret: SecretInput!): Int @auth
    found: Found
    hidden: Hidden
    hollow: Hollow
    orphan: Orphan @auth(scopes: ["admin"])
    node: Node @public
    secrets: [Secret] @auth(scopes: ["admin"])
  }
  type Mutation { purge: String @auth(scopes: ["admin"]) }
`

const subject = (options: Partial<AuthorizationOptions<TestContext>> = { introspection: 'filtered' }) =>
  createSubject(sdl, { Query: { ping: () => 'pong', user: () => ({ id: '1' }) } }, options)

const hiddenNames = /ssn|Secret|ADMIN|roles|Orphan|purge|Cipher|Hollow|AllHidden|Demanding|Vault|gold|Hidden/

const isOwnName = (name: string) => !name.startsWith('__') && !['Boolean', 'Int', 'String'].includes(name)
const messageOf = ({ message }: { readonly message: string }) => message

describe('filtered introspection', () => {
  const everything = getIntrospectionQuery()

  test('shows each caller a valid schema of what it may use, by every door', async () => {
    const it = subject()
    const member = it.authorization.schemaFor(holding())
    expect(validateSchema(member)).toEqual([])
    expect(printSchema(member)).not.toMatch(hiddenNames)
    expect(printSchema(member)).toContain('type Agent {')
    expect(printSchema(member)).toContain('type User implements Node {')
    expect(printSchema(member)).toContain('union Found = User\n')
    expect(printSchema(member)).toContain('input Patch {\n  name: String\n}')
    expect(printSchema(member)).not.toContain('needs')
    for (const answer of [
      await ask(it, { document: everything, caller: holding() }),
      (await askApollo(it, { document: everything, caller: holding() })).result,
    ]) {
      expect(answer.errors).toBeUndefined()
      expect(JSON.stringify(answer)).toContain('Agent')
      expect(JSON.stringify(answer)).not.toMatch(hiddenNames)
    }
    const probe = '{ __type(name: "Secret") { name fields { name } } }'
    expect((await ask(it, { document: probe, caller: holding() })).data).toEqual({ __type: null })
  })

  test('keeps an interface with the types that still show what is left of it', () => {
    const { authorization } = createSubject(
      `interface Above @public { a(x: Int, y: Int @auth(scopes: ["admin"])): Int hidden: Int @auth(scopes: ["admin"]) }
       interface Below implements Above @public { a(x: Int, y: Int): Int hidden: Int b: Int }
       type Whole implements Above & Below @public { a(x: Int, y: Int): Int hidden: Int b: Int }
       type Short implements Above & Below @public { a(x: Int @auth(scopes: ["admin"]), y: Int): Int hidden: Int b: Int }
       type Query { whole: Whole @public short: Short @public above: Above @public }`,
      {},
      { introspection: 'filtered' },
    )
    const member = authorization.schemaFor(holding())
    expect(validateSchema(member)).toEqual([])
    const text = printSchema(member)
    expect(text).toContain('type Whole implements Above & Below {\n  a(x: Int): Int\n  b: Int\n}')
    expect(text).toContain('type Short {\n  a: Int\n  b: Int\n}')
    expect(text).not.toContain('hidden')
  })

  test('shows what something visible leads to, and nothing else', () => {
    const { authorization } = createSubject(
      `union Pick @public = Picked
       type Picked @public { a: Int }
       interface Face @public { a: Int }
       type Faced implements Face @public { a: Int }
       input Outer { inner: Inner secret: Gone @auth(scopes: ["admin"]) }
       input Inner { x: Choice }
       enum Choice { A B @auth(scopes: ["admin"]) }
       input Gone { x: Int }
       input OnlyArgument { x: Int }
       type Unreached @public { a: Int }
       type Query { pick: Pick @public face: Face @public f(outer: Outer, x: OnlyArgument @auth(scopes: ["admin"])): Int @public gone: Unreached @auth(scopes: ["admin"]) }`,
      {},
      { introspection: 'filtered' },
    )
    const member = authorization.schemaFor(holding())
    expect(validateSchema(member)).toEqual([])
    const names = Object.keys(member.getTypeMap()).filter((name) => !name.startsWith('__'))
    expect(names.toSorted().join(' ')).toBe(
      'Boolean Choice Face Faced Inner Int Outer Pick Picked Query String',
    )
    expect(printSchema(member)).toContain('input Outer {\n  inner: Inner\n}')
    expect(printSchema(member)).toContain('enum Choice {\n  A\n}')
    expect(printSchema(member)).toContain('f(outer: Outer): Int\n}')
  })

  test('shows an administrator all of it', () => {
    const { authorization } = subject()
    const text = printSchema(authorization.schemaFor(holding('admin')))
    for (const name of ['ssn', 'Secret', 'ADMIN', 'Orphan', 'purge', 'Cipher']) expect(text).toContain(name)
  })

  test('shows nobody what is public, and a schema even when that is nothing', () => {
    const open = printSchema(subject().authorization.schemaFor(null))
    expect(open).toContain('ping')
    expect(open).not.toMatch(/User|Agent|Role/)
    const closed = createSubject('type Query { a: Int @auth }', {}, { introspection: 'filtered' })
    expect(validateSchema(closed.authorization.schemaFor(null))).toEqual([])
    expect(printSchema(closed.authorization.schemaFor(null))).toMatch(/type Query {\n  _: Boolean\n}$/)
    expect(Object.keys(closed.authorization.schemaFor(null).getTypeMap()).filter(isOwnName)).toEqual([
      'Query',
    ])
  })

  test('shows what is public beside a query root that shows nothing', () => {
    const { authorization } = createSubject(
      `type Query { me: String @auth }
       type Secret @auth { a: Int }
       type Mutation { login(email: String!): String @public purge: Secret @auth }
       type Subscription { ticks: Int @public }`,
      {},
      { introspection: 'filtered' },
    )
    const view = authorization.schemaFor(null)
    expect(validateSchema(view)).toEqual([])
    expect(Object.keys(view.getTypeMap()).filter(isOwnName).toSorted()).toEqual([
      'Mutation',
      'Query',
      'Subscription',
    ])
    expect(Object.keys(view.getMutationType()?.getFields() ?? {})).toEqual(['login'])
    expect(authorization.validate(parse('mutation { login(emial: "x") }'), null).map(messageOf)).toEqual([
      expect.stringMatching(/^Unknown argument "emial"/),
      expect.stringMatching(/^Field "login" argument "email"/),
    ])
    expect(authorization.validate(parse('mutation { login(email: "x") }'), null)).toEqual([])
  })

  test('tells no default that names what is hidden', async () => {
    const it = createSubject(
      `enum Sort { NAME SALARY @auth(scopes: ["admin"]) }
       input Order { by: Sort! = SALARY then: [Sort!] = [NAME, SALARY] open: Sort = NAME }
       type Query {
         a(sort: Sort = SALARY): Int @public
         b(sort: Sort! = SALARY, open: Sort = NAME): Int @public
         c(order: Order = { by: SALARY }, orders: [[Order]] = [[{ by: NAME, then: [NAME] }]]): Int @public
       }`,
      { Query: { b: () => 1 } },
      { introspection: 'filtered' },
    )
    const view = it.authorization.schemaFor(holding())
    expect(validateSchema(view)).toEqual([])
    expect(printSchema(view)).not.toContain('SALARY')
    expect(printSchema(view)).toContain('b(sort: Sort, open: Sort = NAME): Int')
    expect(printSchema(view)).toContain('by: Sort\n  then: [Sort!]\n  open: Sort = NAME')
    expect(printSchema(it.authorization.schemaFor(holding('admin')))).toContain('b(sort: Sort! = SALARY')
    const { data, errors } = await ask(it, { document: getIntrospectionQuery(), caller: holding() })
    expect(errors).toBeUndefined()
    expect(JSON.stringify(data)).not.toContain('SALARY')
    expect((await ask(it, { document: '{ b }', caller: holding() })).data).toEqual({ b: 1 })
  })

  test('answers by one error, which names nothing, for what is wrong with the rest alone', async () => {
    const it = createSubject(
      `input Hidden @auth(scopes: ["admin"]) { a: Int }
       type Query { ping: Int @public }
       type Mutation { purge(what: Hidden!): Int @auth(scopes: ["admin"]) }`,
      {},
      { introspection: 'filtered' },
    )
    const nothing = 'This is no operation of the schema that you may see.'
    for (const document of ['mutation { purge }', 'mutation { nope(bogus: 1) { deep } }']) {
      expect(it.authorization.validate(parse(document), null).map(messageOf)).toEqual([nothing])
      const { status, result } = await askApollo(it, { document, caller: holding() })
      expect(status).toBe(400)
      expect(result.errors).toMatchObject([
        { message: nothing, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ])
    }
    expect(it.authorization.validate(parse('{ _ }'), null)).toHaveLength(1)
  })

  test('makes a view once for callers that may do the same', () => {
    const { authorization } = subject()
    expect(authorization.schemaFor(holding())).toBe(authorization.schemaFor(holding('email')))
    expect(authorization.schemaFor(holding())).not.toBe(authorization.schemaFor(holding('admin')))
  })

  test('keeps a bounded number of views', () => {
    const names = Array.from({ length: 65 }, (_, at) => `s${at}`)
    const fields = names.map((name) => `${name}: Int @auth(scopes: ["${name}"])`)
    const registry = Object.fromEntries(names.map((name) => [name, {}]))
    const { authorization } = createSubject(
      `type Query { ${fields.join('\n')} }`,
      {},
      { introspection: 'filtered', scopes: registry },
    )
    const viewOf = (at: number) => authorization.schemaFor(holding(`s${at}`))
    const views = Array.from({ length: 64 }, (_, at) => viewOf(at))
    expect(viewOf(0)).toBe(views[0])
    viewOf(64)
    expect(viewOf(1)).toBe(views[1])
    expect(viewOf(0)).not.toBe(views[0])
  })

  test('must be asked for alone', async () => {
    const { status, result } = await askApollo(subject(), {
      document: '{ ping __schema { queryType { name } } }',
      caller: holding('admin'),
    })
    expect(status).toBe(403)
    expect(result.errors?.[0]?.extensions).toMatchObject({ coordinate: 'Query.__schema' })
  })

  test('lets no validation message or suggestion name the rest', async () => {
    const it = subject()
    for (const document of [
      '{ user { sn } }',
      '{ secret }',
      '{ user(patch: { role: 1 }) { id } }',
      '{ user(role: ADMI) { id } }',
    ]) {
      const { status, result } = await askApollo(it, { document, caller: holding() })
      expect(status).toBe(400)
      expect(result.errors?.[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' })
      expect(JSON.stringify(result)).not.toMatch(/ssn|secrets|roles|ADMIN/)
      expect(JSON.stringify(it.authorization.validate(parse(document), holding()))).not.toMatch(
        /ssn|secrets|roles|ADMIN/,
      )
    }
    expect(it.authorization.validate(parse('{ ping }'), holding())).toEqual([])
  })

  test('lets no message about the variables of a subscription name the rest', async () => {
    const { authorization, schema } = createSubject(
      `enum Level { LOW SECRETIVE @auth(scopes: ["admin"]) }
       type Query { ping: Int @public }
       type Subscription { ticks(level: Level): Int @public }`,
      {},
      { introspection: 'filtered' },
    )
    const answer = await createExecutors(authorization).subscribe({
      schema,
      document: parse('subscription ($level: Level) { ticks(level: $level) }'),
      variableValues: { level: 'SECRETIV' },
      contextValue: { caller: holding() },
    })
    expect(answer).toMatchObject({ errors: [{ message: expect.stringContaining('SECRETIV') }] })
    expect(JSON.stringify(answer)).not.toContain('SECRETIVE')
  })

  test('lets no message about variables name the rest', async () => {
    const it = subject()
    const document = 'query ($role: Role, $patch: Patch) { user(role: $role, patch: $patch) { id } }'
    for (const variables of [{ role: 'ADMI' }, { patch: { role: [] } }]) {
      const question = { document, variables, caller: holding() }
      for (const answer of [await ask(it, question), (await askApollo(it, question)).result]) {
        expect(answer.errors).toHaveLength(1)
        expect(JSON.stringify(answer)).not.toMatch(/ADMIN|roles/)
      }
    }
  })
})

test('a message without its suggestion is the rest of it', async () => {
  const document = 'query ($role: Role) { user(role: $role) { id } }'
  const answer = (introspection: 'full' | 'filtered') =>
    ask(subject({ introspection }), { document, variables: { role: 'ADMI' }, caller: holding() })
  const text = 'Variable "$role" got invalid value "ADMI"; Value "ADMI" does not exist in "Role" enum.'
  const { errors } = await answer('filtered')
  expect(errors).toEqual([{ message: text, locations: [{ line: 1, column: 8 }] }])
  expect((await answer('full')).errors?.[0]?.message).toContain(`${text} Did you mean`)
})

test('what is hidden and asked for all the same is refused, not passed over', async () => {
  const { data, errors } = await ask(subject(), {
    document: '{ ping hidden: orphan { x } }',
    caller: holding(),
  })
  expect(data).toEqual({ ping: 'pong', hidden: null })
  expect(errors).toMatchObject([{ path: ['hidden'], extensions: { coordinate: 'Query.orphan' } }])
})

test('what a resolver says of itself is told whole, also where names are hidden', async () => {
  const it = createSubject(
    'type Query { a: Int @public }',
    {
      Query: {
        a: () => {
          throw new Error('No such song. Did you mean "Yesterday"?')
        },
      },
    },
    { introspection: 'filtered' },
  )
  const { errors } = await ask(it, { document: '{ a }' })
  expect(errors).toMatchObject([{ message: 'No such song. Did you mean "Yesterday"?', path: ['a'] }])
})

describe('other modes', () => {
  const document = '{ __schema { queryType { name } } }'
  const statusOf = async (introspection: 'full' | 'off' | 'authenticated', caller: Credential) =>
    (await askApollo(subject({ introspection }), { document, caller })).status

  test('full is for everybody, authenticated for callers, off for nobody', async () => {
    expect(await statusOf('full', null)).toBe(200)
    expect(await statusOf('authenticated', null)).toBe(401)
    expect(await statusOf('authenticated', holding())).toBe(200)
    expect(await statusOf('off', holding('admin'))).toBe(403)
  })

  test('a closed schema stays closed beside open fields, in fragments, and in every mode', async () => {
    const mixed = 'query { ping ...F } fragment F on Query { s: __type(name: "User") { name } }'
    for (const mode of ['partial', 'reject', 'observe'] as const) {
      const it = subject({ introspection: 'off', mode })
      const { status, result } = await askApollo(it, { document: mixed, caller: holding('admin') })
      expect(status).toBe(403)
      expect(result).not.toHaveProperty('data')
    }
  })

  test('outside `filtered` the schema and its messages are whole', () => {
    const { authorization, schema } = subject({ introspection: 'full' })
    expect(authorization.schemaFor(null)).toBe(schema)
    expect(authorization.validate(parse('{ user { sn } }'), null)[0]?.message).toContain('ssn')
  })
})
