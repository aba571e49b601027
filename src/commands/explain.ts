import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type DocumentNode, getOperationAST, type GraphQLSchema, parse, validate } from 'graphql'
import { printExplanation } from '../authorization/index.js'
import { ownDomains } from '../domains.js'
import { rulesOf } from '../domains/rules.js'
import { authorizationOf } from '../graphql/access.js'
import { initialGrants, type ScopeRegistry } from '../roles/role.js'
import { type Command, UsageError } from './command.js'
import { readWords, unknownWords } from './words.js'

const options = {
  scopes: { type: 'string' },
  role: { type: 'string' },
  operation: { type: 'string' },
  variables: { type: 'string' },
} as const

export const explain: Command = {
  summary: 'Says what each field of an operation requires, and what a caller lacks for it',
  usage: `fieldgate explain DOCUMENT [--scopes LIST | --role ROLE] [--operation NAME] [--variables JSON]

  DOCUMENT      a file with GraphQL, or - for standard input
  --scopes      the scopes of the caller, separated by commas
  --role        a seeded role instead: admin, support, member
                Without either, nobody is signed in.`,

  async run(args, { say, domains }) {
    const { values, positionals } = readWords(() =>
      parseArgs({ args: [...args], allowPositionals: true, options }),
    )
    const [file, ...others] = positionals
    if (file === undefined) throw new UsageError('Which document?')
    if (others.length > 0) throw unknownWords('explain', positionals)
    const document = readDocument(file, values.operation ?? null)
    const variables = values.variables === undefined ? null : readVariables(values.variables)
    const contracts = [...ownDomains, ...domains]
    const rules = rulesOf(contracts)
    const { authorization, schema } = authorizationOf(contracts, rules)
    requireValid(schema, document)
    const granted = scopesFrom(values, rules.scopes)
    const explanation = authorization.explain(
      document,
      granted && { id: 'somebody', scopes: granted },
      values.operation ?? null,
      variables,
    )
    say(printExplanation(explanation).trimEnd())
    return 0
  },
}

function readDocument(file: string, operation: string | null): DocumentNode {
  const document = parse(readText(file))
  if (operation !== null && !getOperationAST(document, operation)) {
    throw new UsageError(`There is no operation "${operation}" in "${file}".`)
  }
  return document
}

/** What is not in the schema would need no right at all. */
function requireValid(schema: GraphQLSchema, document: DocumentNode): void {
  const faults = validate(schema, document)
  if (faults.length > 0) throw new UsageError(faults.map(({ message }) => message).join('\n'))
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new UsageError(`Cannot read "${file}": ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readVariables(text: string): Record<string, unknown> {
  const fault = new UsageError('--variables takes an object in JSON, such as {"id": "1"}')
  try {
    const variables: unknown = JSON.parse(text)
    if (typeof variables === 'object' && variables !== null && !Array.isArray(variables))
      return { ...variables }
  } catch {
    throw fault
  }
  throw fault
}

function scopesFrom(
  { scopes, role }: { scopes?: string; role?: string },
  registry: ScopeRegistry,
): readonly string[] | null {
  if (scopes !== undefined) return readScopes(scopes, registry)
  if (role === undefined) return null
  const grants = initialGrants(registry)
  const found = Object.hasOwn(grants, role) ? grants[role] : undefined
  if (found === undefined) throw new UsageError(`There is no seeded role "${role}".`)
  return found
}

/** What is misspelt would be a scope that opens nothing. */
function readScopes(list: string, registry: ScopeRegistry): readonly string[] {
  const scopes = list
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '')
  const unknown = scopes.filter((scope) => !Object.hasOwn(registry, scope)).map((scope) => `"${scope}"`)
  if (unknown.length === 0) return scopes
  const known = Object.keys(registry).toSorted().join(', ')
  throw new UsageError(`There is no scope ${unknown.join(' or ')}. There are: ${known}.`)
}
