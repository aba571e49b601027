import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  isEnumType,
  isInterfaceType,
  isObjectType,
  isScalarType,
} from 'graphql'
import { type Annotated, type Marks, readMarks, type Vocabulary } from './applications.js'
import { type Dependencies, looksAt } from '../policies.js'
import { type Requirement, withoutPolicies } from '../requirement.js'

export type FieldedType = GraphQLObjectType | GraphQLInterfaceType
type Field = GraphQLField<unknown, unknown>

type InheritanceOptions = {
  readonly vocabulary: Vocabulary
  readonly dependencies: ReadonlyMap<string, Dependencies>
  /** Coordinates whose @public is allowed to loosen what they inherit. */
  readonly publicUnder: ReadonlySet<string>
}

export type Inheritance = ReturnType<typeof createInheritance>

/** Every interface of a type, through any depth. */
function interfacesOf(type: FieldedType): readonly GraphQLInterfaceType[] {
  const found = new Set<GraphQLInterfaceType>()
  const pending = [...type.getInterfaces()]
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (found.has(next)) continue
    found.add(next)
    pending.push(...next.getInterfaces())
  }
  return [...found]
}

/** The same field on the interfaces of its type. */
function demandedBy(type: FieldedType, name: string) {
  return interfacesOf(type).flatMap((parent) => {
    const field = parent.getFields()[name]
    return field ? [{ parent, field }] : []
  })
}

/** What each place of a schema says of itself, and what it has from others: requirements add up. */
export function createInheritance({ vocabulary, dependencies, publicUnder }: InheritanceOptions) {
  const read = new Map<string, Marks>()

  /** Read once: what is wrong with it is one fault. */
  function marksOf(coordinate: string, annotated: Annotated): Marks {
    const known = read.get(coordinate)
    if (known) return known
    const marks = readMarks(vocabulary, coordinate, annotated)
    read.set(coordinate, marks)
    return marks
  }

  const ofItself = (type: GraphQLNamedType): Marks => marksOf(type.name, type)

  /** A rule on an interface holds for its implementers, so it is theirs. */
  function ofType(type: GraphQLNamedType): Requirement {
    const own = ofItself(type)
    if (!isObjectType(type) && !isInterfaceType(type)) return own.requirement
    if (own.isPublic && publicUnder.has(type.name)) return own.requirement
    return [own, ...interfacesOf(type).map(ofItself)].flatMap(({ requirement }) => requirement)
  }

  const looksAtParent = (policy: string) => looksAt(dependencies.get(policy), 'parent')

  /** At a field that returns the type there is no value yet, so policies that look at one must wait. */
  function atDoorOf(type: GraphQLNamedType): Requirement {
    const requirement = ofType(type)
    return isScalarType(type) || isEnumType(type) ? requirement : withoutPolicies(requirement, looksAtParent)
  }

  const fromInterfaces = (type: FieldedType, { name }: Field): Requirement =>
    demandedBy(type, name).flatMap(
      ({ parent, field }) => marksOf(`${parent.name}.${name}`, field).requirement,
    )

  function ofArgument(type: FieldedType, { name }: Field, { name: argument }: GraphQLArgument): Requirement {
    return demandedBy(type, name).flatMap(({ parent, field }) =>
      field.args
        .filter((other) => other.name === argument)
        .flatMap((other) => marksOf(`${parent.name}.${name}(${argument}:)`, other).requirement),
    )
  }

  return {
    marksOf,
    ofItself,
    ofType,
    atDoorOf,
    fromInterfaces,
    ofArgument,
    /** Whether the place with this coordinate says so itself, once it was read. */
    isPublic: (coordinate: string) => read.get(coordinate)?.isPublic ?? false,
  }
}
