import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isNonNullType,
} from 'graphql'
import { argumentReader, type ReadArguments } from './arguments.js'
import { type Complete, completionOf } from './completion.js'
import type { Program } from './program.js'
import { type Path, placeOf, type Run } from './run.js'
import type { Unit } from './unit.js'

export type Resolver = GraphQLFieldResolver<unknown, unknown>
export type Info = GraphQLResolveInfo

/** What can be passed without asking the guard in front of a resolver. */
export type Gate = { readonly id: number; readonly resolve: Resolver | undefined }

/** One response key of one selection set on one object type. */
export type Field = {
  readonly program: Program
  readonly key: string
  readonly name: string
  readonly parentType: GraphQLObjectType
  readonly type: GraphQLOutputType
  readonly nodes: readonly FieldNode[]
  readonly gate: Gate | null
  /** As it stands in the schema, a guard perhaps. */
  readonly guarded: Resolver
  /** Past the gate. */
  readonly passed: Resolver
  /** `read`: a property of the source, past the gate if there is one. `call`: a resolver, or arguments that may not fit. */
  readonly access: 'read' | 'call'
  /** Whether all items of a list get the same answer where the field is denied. */
  readonly isRefusedAsOne: boolean
  readonly readArguments: ReadArguments
  readonly complete: Complete
  /** Of the objects behind the field, by the name of their type, as they turn up. */
  readonly units: Map<string, Unit>
}

export function createField(
  program: Program,
  parentType: GraphQLObjectType,
  key: string,
  nodes: readonly [FieldNode, ...FieldNode[]],
  definition: GraphQLField<unknown, unknown>,
): Field {
  const { name, type, resolve, args } = definition
  const gate = program.gates.gateOf(resolve)
  const guarded: Resolver = resolve ?? defaultFieldResolver
  const passed: Resolver = gate ? (gate.resolve ?? defaultFieldResolver) : guarded
  return {
    program,
    key,
    name,
    parentType,
    type,
    nodes,
    gate,
    guarded,
    passed,
    access: passed === defaultFieldResolver && args.length === 0 ? 'read' : 'call',
    // Arguments that do not fit are an error of each item, and come before its guard.
    isRefusedAsOne: !isNonNullType(type) && args.length === 0,
    readArguments: argumentReader(definition, nodes[0]),
    complete: completionOf(type),
    units: new Map(),
  }
}

export const coordinateOf = ({ parentType, name }: Field): string => `${parentType.name}.${name}`

export function infoOf({ program, name, nodes, type, parentType }: Field, run: Run, path: Path): Info {
  return {
    fieldName: name,
    fieldNodes: nodes,
    returnType: type,
    parentType,
    path,
    schema: program.schema,
    fragments: program.fragments,
    rootValue: run.rootValue,
    operation: program.operation,
    variableValues: run.variableValues,
  }
}

export const pathOf = ({ key, parentType }: Field, path: Path | undefined, index: number): Path => ({
  prev: placeOf(path, index),
  key,
  typename: parentType.name,
})
