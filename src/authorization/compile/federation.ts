import { type ConstDirectiveNode, type ConstValueNode, Kind } from 'graphql'

/** The directives of Apollo Federation that say who may use a field. */
export type FederationDirective = 'authenticated' | 'requiresScopes' | 'policy'

const directives: readonly FederationDirective[] = ['authenticated', 'requiresScopes', 'policy']

const argumentOf = ({ arguments: given }: ConstDirectiveNode, name: string) =>
  given?.find((argument) => argument.name.value === name)?.value

const textOf = (value: ConstValueNode | undefined) => (value?.kind === Kind.STRING ? value.value : null)

/** An import of `@link`: a name, or an object of a name and another one to go by. */
function readImport(value: ConstValueNode): { readonly name: string; readonly as: string } {
  const read = (name: string) =>
    textOf(value.kind === Kind.OBJECT ? value.fields.find((one) => one.name.value === name)?.value : value)
  const name = read('name') ?? ''
  return { name, as: read('as') ?? name }
}

/** The names that one `@link` gives to the directives: in its namespace, and by its imports. */
function namesOfLink(link: ConstDirectiveNode): readonly (readonly [string, FederationDirective])[] {
  const namespace = textOf(argumentOf(link, 'as'))
  const imports = argumentOf(link, 'import')
  const imported = imports?.kind === Kind.LIST ? imports.values.map(readImport) : []
  return directives.flatMap((directive) => [
    ...(namespace === null ? [] : [[`${namespace}__${directive}`, directive] as const]),
    ...imported
      .filter(({ name }) => name === `@${directive}`)
      .map(({ as }) => [as.replace(/^@/, ''), directive] as const),
  ])
}

/**
 * What the directives of Federation are called in a schema: by their own names, with the prefix of their specification,
 * and however a `@link` on the schema renames them. A name too many can only close something.
 */
export function federationNames(
  onSchema: readonly ConstDirectiveNode[],
): ReadonlyMap<string, FederationDirective> {
  return new Map([
    ...directives.flatMap((directive) => [
      [directive, directive] as const,
      [`federation__${directive}`, directive] as const,
    ]),
    ...onSchema.filter(({ name }) => name.value === 'link').flatMap(namesOfLink),
  ])
}

/** The scope sets of `@requiresScopes(scopes: [[Scope!]!]!)`. What is missing reads as null, which is refused. */
export const requiredScopes = (directive: ConstDirectiveNode): ConstValueNode =>
  argumentOf(directive, 'scopes') ?? { kind: Kind.NULL }
