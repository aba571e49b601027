import {
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  parse,
} from 'graphql'
import type { Tape } from '../authorization/properties/tape.js'

export type Asked = {
  readonly source: string
  readonly document: ReturnType<typeof parse>
  readonly variableValues: Readonly<Record<string, unknown>>
}

const keys = ['k', 'then', '__proto__', 'constructor', 'toString'] as const

/** A document for a schema, valid but for conflicts, in which the same keys, types and fragments come again. */
export function drawOperation(schema: GraphQLSchema, tape: Tape): Asked {
  const kind = tape.rarely(6) === 'yes' ? 'mutation' : 'query'
  const fragments: string[] = []
  const aliases = new Map<string, string>()

  /** One key stands for one field of one type, so that selections of it merge. */
  function keyOf(type: string, field: string): string {
    if (tape.rarely(5) === 'no') return field
    const key = tape.pick(keys)
    const owner = aliases.get(key) ?? `${type}.${field}`
    aliases.set(key, owner)
    return owner === `${type}.${field}` ? key : field
  }

  function condition(): string {
    if (tape.rarely(5) === 'no') return ''
    const when = tape.pick(['true', 'false', '$yes', '$no'])
    return ` @${tape.pick(['skip', 'include'])}(if: ${when})`
  }

  function argumentsOf(type: string, field: string): string {
    if (field === 'told')
      return tape.pick(['', '(x: 5)', '(x: $x)', '(words: ["a", $word])', '(x: null, words: $words)'])
    if (field.startsWith('aged')) return tape.pick(['', '(x: 5)', '(x: $x)'])
    if (field === 'guardedCall') return tape.pick(['', '(x: 1)'])
    if (field !== 'word') return ''
    if (type === 'Query') return tape.pick(['(of: "a")', '(of: $word)'])
    return tape.pick(['', '(of: "a")', '(of: $word)'])
  }

  function select(typeName: string, depth: number): string {
    const type = schema.getType(typeName)
    const parts: string[] = []
    const count = 1 + tape.below(5)
    for (let left = count; left > 0; left--) {
      if (tape.rarely(8) === 'yes')
        parts.push(`${tape.rarely(2) === 'yes' ? 't: ' : ''}__typename${condition()}`)
      else if (tape.rarely(4) === 'yes' || !(isObjectType(type) || isInterfaceType(type))) {
        parts.push(spread(typeName, depth))
      } else parts.push(fieldOf(typeName, depth))
    }
    return `{ ${parts.join(' ')} }`
  }

  function spread(typeName: string, depth: number): string {
    const type = schema.getType(typeName)
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : []
    const on = tape.pick([typeName, ...possible])
    if (depth === 0) return '__typename'
    if (tape.rarely(2) === 'yes') return `... on ${on}${condition()} ${select(on, depth - 1)}`
    const name = `F${fragments.length}`
    fragments.push('')
    fragments[Number(name.slice(1))] = `fragment ${name} on ${on} ${select(on, depth - 1)}`
    return `...${name}${condition()}${tape.rarely(3) === 'yes' ? ` ...${name}` : ''}`
  }

  function fieldOf(typeName: string, depth: number): string {
    const type = schema.getType(typeName)
    if (!isObjectType(type) && !isInterfaceType(type)) return '__typename'
    const fields = Object.values(type.getFields())
    const field = fields[tape.below(fields.length)]
    if (!field) return '__typename'
    const returned = getNamedType(field.type)
    if (isCompositeType(returned) && depth === 0) return '__typename'
    const key = keyOf(typeName, field.name)
    const alias = key === field.name ? '' : `${key}: `
    const inner = isCompositeType(returned) ? ` ${select(returned.name, depth - 1)}` : ''
    if (isScalarType(returned) && inner) throw new Error('A scalar has no fields.')
    return `${alias}${field.name}${argumentsOf(typeName, field.name)}${condition()}${inner}`
  }

  const selected = select(kind === 'query' ? 'Query' : 'Mutation', 4)
  const variables =
    '($yes: Boolean = true, $no: Boolean! = false, $x: Int, $word: String! = "w", $words: [String!])'
  const source = `${kind} ${variables} ${selected}\n${fragments.join('\n')}`
  const variableValues = {
    ...(tape.rarely(2) === 'yes' && { yes: tape.rarely(2) === 'yes' }),
    ...(tape.rarely(3) === 'yes' && { x: tape.pick<unknown>([1, null, 'wrong']) }),
    ...(tape.rarely(3) === 'yes' && { words: ['u', 'v'] }),
  }
  return { source, document: parse(source), variableValues }
}
