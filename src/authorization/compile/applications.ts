import { astFromValueUntyped } from '@graphql-tools/utils'
import {
  type ASTNode,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  Kind,
  parseConstValue,
  print,
} from 'graphql'
import type { Faults } from '../faults.js'
import { type FederationDirective, requiredScopes } from './federation.js'
import { isObject } from '../is-object.js'
import type { Alternative, Clause, Requirement } from '../requirement.js'
import { isScopeToken } from '../scopes.js'

/** Whatever carries directives in a schema: from SDL, or from code by `extensions.directives`. */
export type Annotated = {
  readonly astNode?:
    | (ASTNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined })
    | null
    | undefined
  readonly extensionASTNodes?:
    | readonly (DefinitionNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined })[]
    | undefined
  readonly extensions: object
}

/** What a coordinate says of itself, before anything is inherited. */
export type Marks = { readonly requirement: Requirement; readonly isPublic: boolean }

export type Vocabulary = {
  readonly hasScope: (scope: string) => boolean
  readonly hasPolicy: (policy: string) => boolean
  readonly federation: 'off' | 'strict' | 'as-is'
  /** What the directives of Federation are called here; empty when it is off. */
  readonly federationNames: ReadonlyMap<string, FederationDirective>
  readonly faults: Faults
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

function directiveNode(name: string, args: unknown): ConstDirectiveNode {
  const entries = isObject(args) ? Object.entries(args).filter(([, value]) => value !== undefined) : []
  const fields = entries.map(
    ([argument, value]): ConstArgumentNode => ({
      kind: Kind.ARGUMENT,
      name: { kind: Kind.NAME, value: argument },
      value: parseConstValue(print(astFromValueUntyped(value) ?? { kind: Kind.NULL })),
    }),
  )
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name }, arguments: fields }
}

/** Code-first schemas keep directives in `extensions.directives`: a list of { name, args }, or args by name. */
function directivesFromExtensions(extensions: {
  readonly directives?: unknown
}): readonly ConstDirectiveNode[] {
  const held = extensions.directives
  if (!isObject(held)) return []
  if (Array.isArray(held)) {
    return held.filter(isObject).map(({ name, args }) => directiveNode(String(name), args))
  }
  return Object.entries(held).flatMap(([name, args]) => listOf(args).map((each) => directiveNode(name, each)))
}

/** Every directive applied to a coordinate: its definition, its extensions, its code-first metadata. */
export function directivesOf(annotated: Annotated): readonly ConstDirectiveNode[] {
  const nodes = [annotated.astNode, ...(annotated.extensionASTNodes ?? [])]
  return [
    ...nodes.flatMap((node) => node?.directives ?? []),
    ...directivesFromExtensions(annotated.extensions),
  ]
}

type Reader = { readonly vocabulary: Vocabulary; readonly coordinate: string; readonly node: ASTNode }

function fault({ vocabulary, coordinate, node }: Reader, message: string, remedy: string) {
  vocabulary.faults.add(coordinate, node, message, remedy)
}

/** A non-empty list of names; one name counts as a list of one, as GraphQL coerces it. */
function readNames(reader: Reader, argument: string, value: ConstValueNode): readonly string[] {
  const nodes = value.kind === Kind.LIST ? value.values : [value]
  if (nodes.length === 0) {
    fault(
      reader,
      `\`${argument}\` has an empty set.`,
      'Name what is required, or leave the argument out for any signed-in caller.',
    )
  }
  return nodes.flatMap((node) => {
    if (node.kind === Kind.STRING) return [node.value]
    fault(reader, `\`${argument}\` holds something that is not a string.`, 'Write names in double quotes.')
    return []
  })
}

function checkScopes(reader: Reader, scopes: readonly string[]): readonly string[] {
  for (const scope of scopes) {
    if (!isScopeToken(scope)) {
      fault(
        reader,
        `the scope "${scope}" is blank or malformed.`,
        'Use visible ASCII without spaces, quotes or backslashes.',
      )
      continue
    }
    if (reader.vocabulary.hasScope(scope)) continue
    fault(reader, `unknown scope "${scope}".`, 'Register it in `scopes`, or correct the spelling.')
  }
  return scopes
}

function checkPolicies(reader: Reader, policies: readonly string[]): readonly string[] {
  for (const policy of policies) {
    if (reader.vocabulary.hasPolicy(policy)) continue
    fault(reader, `unknown policy "${policy}".`, 'Define it in `policies`, or correct the spelling.')
  }
  return policies
}

/** Read from the syntax tree: input coercion would turn a forgotten inner bracket into OR. */
function readSets(reader: Reader, argument: string, value: ConstValueNode): readonly (readonly string[])[] {
  if (value.kind !== Kind.LIST || value.values.some(({ kind }) => kind !== Kind.LIST)) {
    fault(
      reader,
      `\`${argument}\` is not a list of lists.`,
      'Write [["a", "b"]] for a AND b, [["a"], ["b"]] for a OR b.',
    )
    return []
  }
  if (value.values.length === 0) {
    fault(reader, `\`${argument}\` has no set, so it can never be met.`, 'Add a set, or leave it out.')
  }
  return value.values.map((set) => readNames(reader, argument, set))
}

const argumentNames = new Set(['scopes', 'anyOf', 'policies', 'orPolicies', 'reason'])

function readArguments(reader: Reader, directive: ConstDirectiveNode): ReadonlyMap<string, ConstValueNode> {
  const read = new Map<string, ConstValueNode>()
  for (const { name, value } of directive.arguments ?? []) {
    if (!argumentNames.has(name.value)) {
      fault(reader, `@auth has no argument \`${name.value}\`.`, `Use ${[...argumentNames].join(', ')}.`)
    } else if (value.kind === Kind.NULL) {
      fault(reader, `\`${name.value}\` is null.`, 'Leave the argument out instead.')
    } else if (read.has(name.value)) {
      fault(reader, `\`${name.value}\` is given twice.`, 'Repeat the directive instead.')
    } else read.set(name.value, value)
  }
  return read
}

/** One application of @auth as one clause: (scopes AND a set of anyOf AND policies) OR any of orPolicies. */
function readAuth(reader: Reader, directive: ConstDirectiveNode): Clause {
  const read = readArguments(reader, directive)
  const names = (argument: string) => {
    const value = read.get(argument)
    return value ? readNames(reader, argument, value) : []
  }
  const anyOf = read.get('anyOf')
  const scopes = checkScopes(reader, names('scopes'))
  const policies = checkPolicies(reader, names('policies'))
  const instead = checkPolicies(reader, names('orPolicies')).map(
    (policy): Alternative => ({ scopes: [], policies: [policy] }),
  )
  const sets = anyOf ? readSets(reader, 'anyOf', anyOf) : [[]]
  const wanted = sets.map(
    (set): Alternative => ({
      scopes: [...scopes, ...checkScopes(reader, set)],
      policies,
    }),
  )
  // Alone, orPolicies is the whole requirement: beside "any signed-in caller" it would mean nothing.
  const alone = read.has('orPolicies') && !['scopes', 'anyOf', 'policies'].some((name) => read.has(name))
  return alone ? instead : [...wanted, ...instead]
}

function readFederation(reader: Reader, meaning: FederationDirective, directive: ConstDirectiveNode): Clause {
  if (meaning === 'authenticated') return [{ scopes: [], policies: [] }]
  if (meaning === 'policy') {
    fault(reader, `@${directive.name.value} is not read.`, 'Say it with `policies` of @auth.')
    return []
  }
  return readSets(reader, 'scopes', requiredScopes(directive)).map((set) => ({
    scopes: checkScopes(reader, set),
    policies: [],
  }))
}

/** Reads what a coordinate says of itself. What cannot be read is a fault, never a weaker rule. */
export function readMarks(vocabulary: Vocabulary, coordinate: string, annotated: Annotated): Marks {
  const requirement: Clause[] = []
  let isPublic = false
  for (const directive of directivesOf(annotated)) {
    const reader = { vocabulary, coordinate, node: directive }
    if (directive.name.value === 'auth') requirement.push(readAuth(reader, directive))
    if (directive.name.value === 'public') isPublic = true
    const meaning = vocabulary.federationNames.get(directive.name.value)
    if (meaning) requirement.push(readFederation(reader, meaning, directive))
  }
  return { requirement, isPublic }
}
