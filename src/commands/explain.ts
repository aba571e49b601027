import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parse } from 'graphql'
import { printExplanation } from '../authorization/index.js'
import { ownDomains } from '../domains.js'
import { rulesOf } from '../domains/rules.js'
import { authorizationOf } from '../graphql/access.js'
import { initialGrants, type ScopeRegistry } from '../roles/role.js'
import { type Command, UsageError } from './command.js'

export const explain: Command = {
  summary: 'Says what each field of an operation requires, and what a caller lacks for it',
  usage: `fieldgate explain DOCUMENT [--scopes LIST | --role ROLE] [--operation NAME] [--variables JSON]

  DOCUMENT      a file with GraphQL, or - for standard input
  --scopes      the scopes of the caller, separated by commas
  --role        a seeded role instead: admin, support, member
                Without either, nobody is signed in.`,

  async run(args, { say, domains }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        scopes: { type: 'string' },
        role: { type: 'string' },
        operation: { type: 'string' },
        variables: { type: 'string' },
      },
    })
    const [file] = positionals
    if (file === undefined) throw new UsageError('Which document?')
    const contracts = [...ownDomains, ...domains]
    const rules = rulesOf(contracts)
    const authorization = authorizationOf(contracts, rules)
    const document = parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
    const granted = scopesFrom(values, rules.scopes)
    const explanation = authorization.explain(
      document,
      granted && { id: 'somebody', scopes: granted },
      values.operation ?? null,
      values.variables === undefined ? null : JSON.parse(values.variables),
    )
    say(printExplanation(explanation).trimEnd())
    return 0
  },
}

function scopesFrom(
  { scopes, role }: { scopes?: string; role?: string },
  registry: ScopeRegistry,
): readonly string[] | null {
  if (scopes !== undefined) return scopes.split(',').map((scope) => scope.trim())
  if (role === undefined) return null
  const grants = initialGrants(registry)
  const found = Object.hasOwn(grants, role) ? grants[role] : undefined
  if (found === undefined) throw new UsageError(`There is no seeded role "${role}".`)
  return found
}
