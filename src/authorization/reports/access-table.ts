import { requirementsOf } from './lock.js'
import { describeRequirement, type Requirement } from '../requirement.js'
import type { Table } from '../table.js'
import type { Verdict } from '../verdict.js'

export type AccessRow = {
  readonly coordinate: string
  /** For people: `public`, `signed in`, `users:read or policy isSelf`. */
  readonly requirement: string
  /** By role, in the order in which the roles were given. `ask` is decided by policies. */
  readonly verdicts: ReadonlyMap<string, Verdict>
}

type Judge = (requirement: Requirement, scopes: readonly string[]) => Verdict

/** The rules of a schema with one column a role. */
export function createAccessTable(
  table: Table,
  roles: ReadonlyMap<string, readonly string[]>,
  judge: Judge,
): readonly AccessRow[] {
  return [...requirementsOf(table)].map(([coordinate, requirement]) => ({
    coordinate,
    requirement: requirement ? describeRequirement(requirement) : 'public',
    verdicts: new Map(
      [...roles].map(([role, scopes]) => [role, requirement ? judge(requirement, scopes) : 'allow']),
    ),
  }))
}

const marks: Readonly<Record<Verdict, string>> = { allow: 'yes', deny: '', ask: 'depends' }
const cell = (text: string) => text.replaceAll('|', '\\|')
const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`

/** The access table as Markdown. */
export function printAccessTable(rows: readonly AccessRow[]): string {
  const roles = [...(rows[0]?.verdicts.keys() ?? [])]
  const head = ['Coordinate', 'Requires', ...roles]
  const body = rows.map(({ coordinate, requirement, verdicts }) =>
    line([`\`${coordinate}\``, requirement, ...[...verdicts.values()].map((verdict) => marks[verdict])]),
  )
  return `${[line(head), `|${head.map(() => ' --- |').join('')}`, ...body].join('\n')}\n`
}
