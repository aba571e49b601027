import { isObjectType, Kind, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { AuthorizationOptions, Credential } from '../../src/authorization/index.js'
import { ask, createSubject, holding, type Subject, type TestContext } from './doors.js'

const sdl = `
  type Query @public {
    secret: String @auth(scopes: ["read"])
    open: String
    box: Box
    ruled(x: Int @auth(scopes: ["email"])): String @auth(scopes: ["read"])
  }
  type Mutation { change: Box @auth(scopes: ["write"]) }
  type Box @public {
    read: String @auth(scopes: ["read"])
    email: String @auth(scopes: ["email"])
    asked: String @auth(policies: ["yes"])
    open: String
    ruled(x: Int @auth(scopes: ["email"])): String @auth(scopes: ["read"])
  }
`

const resolvers = { Box: { email: () => 'resolved' } }

const create = (options: Partial<AuthorizationOptions<TestContext>> = {}) =>
  createSubject(sdl, resolvers, { policies: { yes: { check: () => true } }, ...options })

function operationOf(text: string) {
  const [operation] = parse(text).definitions
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('That is no operation.')
  return operation
}

const query = operationOf('{ open }')
const mutation = operationOf('mutation { change { open } }')

const resolverAt = ({ schema }: Subject, coordinate: string) => {
  const [typeName = '', fieldName = ''] = coordinate.split('.')
  const type = schema.getType(typeName)
  return isObjectType(type) ? type.getFields()[fieldName]?.resolve : undefined
}

const gateAt = (subject: Subject, coordinate: string) =>
  subject.authorization.gates.gateOf(resolverAt(subject, coordinate))

/** What a caller passes at a coordinate: 1 everything, 2 nothing, 0 or undefined what the guard says. */
function passAt(
  subject: Subject,
  coordinate: string,
  caller: Credential,
  { operation = query, mode }: { operation?: typeof query; mode?: 'partial' | 'reject' } = {},
) {
  const gate = gateAt(subject, coordinate)
  if (!gate) throw new Error(`There is no gate at ${coordinate}.`)
  const context = { caller, ...(mode && { mode }) }
  return subject.authorization.gates.passesOf(context, operation)[gate.id]
}

describe('a gate', () => {
  test('stands where a guard asks nothing but a verdict, and knows the resolver behind it', () => {
    const subject = create()
    expect(gateAt(subject, 'Box.read')).toMatchObject({ resolve: undefined })
    expect(gateAt(subject, 'Box.email')?.resolve?.({}, {}, {}, Object(null))).toBe('resolved')
    expect(gateAt(subject, 'Query.secret')).not.toBeNull()
  })

  test('does not stand where a guard asks more: at arguments, at the roots of mutations, where nothing is guarded', () => {
    const subject = create()
    for (const coordinate of ['Box.ruled', 'Query.ruled', 'Mutation.change', 'Query.open', 'Box.open'])
      expect(gateAt(subject, coordinate)).toBeNull()
    expect(subject.authorization.gates.gateOf(undefined)).toBeNull()
  })

  test('of a root is another than that of a field with the same rule', () => {
    const subject = create()
    expect(gateAt(subject, 'Query.secret')?.id).not.toBe(gateAt(subject, 'Box.read')?.id)
  })
})

describe('what passes', () => {
  test('is what the verdict says; what policies decide is asked', () => {
    const subject = create()
    expect(passAt(subject, 'Box.read', holding('read'))).toBe(1)
    expect(passAt(subject, 'Box.read', holding('email'))).toBe(2)
    expect(passAt(subject, 'Box.read', holding('write'))).toBe(1)
    expect(passAt(subject, 'Box.asked', holding('read'))).toBe(0)
    expect(passAt(subject, 'Box.asked', null)).toBe(2)
    expect(passAt(subject, 'Query.secret', holding('read'))).toBe(1)
    expect(passAt(subject, 'Query.secret', null)).toBe(2)
  })

  test('is the same object for as long as the rights are the same, and another for others', () => {
    const { authorization } = create()
    const passes = (caller: Credential) => authorization.gates.passesOf({ caller }, query)
    const first = passes(holding('read'))
    expect(passes(holding('read'))).toBe(first)
    expect(passes(holding('email'))).not.toBe(first)
    expect(passes(holding('read'))).toBe(first)
  })

  test('at a root is asked where the operation is refused as a whole', () => {
    const subject = create({ modeOf: ({ mode }) => mode })
    const caller = holding('admin')
    expect(passAt(subject, 'Query.secret', caller, { mode: 'reject' })).toBe(0)
    expect(passAt(subject, 'Query.secret', caller, { operation: mutation })).toBe(0)
    expect(passAt(subject, 'Box.read', caller, { mode: 'reject' })).toBe(1)
    expect(passAt(subject, 'Box.read', caller, { operation: mutation })).toBe(1)
    expect(passAt(subject, 'Query.secret', caller, { mode: 'partial' })).toBe(1)
  })

  test('is never refused by who only observes', () => {
    const subject = create({ mode: 'observe' })
    expect(passAt(subject, 'Box.read', holding('email'))).toBe(0)
    expect(passAt(subject, 'Box.read', holding('read'))).toBe(1)
  })

  test('is nothing while decisions are counted', () => {
    const subject = create({ onDecision: () => {} })
    expect(passAt(subject, 'Box.read', holding('read'))).toBeUndefined()
  })

  test('counts the items that a refusal stands for', async () => {
    const subject = create()
    const { errors } = await ask(subject, { document: '{ secret }' })
    const refusal = Object.assign(new Error('refused'), { extensions: { ...errors?.[0]?.extensions } })
    const { countOccurrence } = subject.authorization.gates
    countOccurrence(Object(refusal))
    expect(refusal.extensions['occurrences']).toBe(2)
    countOccurrence(Object(refusal))
    expect(refusal.extensions['occurrences']).toBe(3)
  })
})

describe('a frozen caller', () => {
  const frozen = (...scopes: string[]) => Object.freeze({ id: 'somebody', scopes: Object.freeze(scopes) })
  const verdict = ({ authorization }: Subject, caller: Credential) =>
    authorization.verdict('Query.secret', caller)

  test('is known again by itself alone, whoever came between', () => {
    const subject = create()
    const [reader, nobody] = [frozen('read'), frozen('email')]
    for (const caller of [reader, reader, nobody, nobody, null, reader, holding('email'), reader, null])
      expect(verdict(subject, caller)).toBe(caller === reader ? 'allow' : 'deny')
  })

  test.each([
    ['with scopes that are not', Object.freeze({ id: 'somebody', scopes: ['read'] })],
    ['in name only', { id: 'somebody', scopes: Object.freeze(['read']) }],
  ])('%s is looked at each time', (_, caller) => {
    const subject = create()
    const held: { scopes: readonly string[] } = caller
    expect(verdict(subject, caller)).toBe('allow')
    if (Object.isFrozen(caller)) (held.scopes as string[]).length = 0
    else held.scopes = []
    expect(verdict(subject, caller)).toBe('deny')
  })

  test('that answers otherwise each time is not taken by its word', () => {
    const subject = create()
    let scopes: readonly string[] = Object.freeze(['read'])
    const caller = Object.freeze({
      id: 'somebody',
      get scopes() {
        return scopes
      },
    })
    expect(verdict(subject, caller)).toBe('allow')
    scopes = Object.freeze([])
    expect(verdict(subject, caller)).toBe('deny')
  })

  test('does not give its rights to one that throws when it is looked at', () => {
    const subject = create()
    const [reader, other] = [frozen('read'), frozen('email')]
    const throwing = new Proxy(
      { id: 'somebody', scopes: Object.freeze(['read']) },
      {
        isExtensible: () => {
          throw new Error('not to be looked at')
        },
      },
    )
    expect(verdict(subject, other)).toBe('deny')
    expect(verdict(subject, throwing)).toBe('deny')
    expect(verdict(subject, other)).toBe('deny')
    expect(verdict(subject, reader)).toBe('allow')
  })
})
