import { visit } from 'graphql'
import { getCachedDocumentNodeFromSchema } from '@graphql-codegen/plugin-helpers'

/** Writes the union of all scopes that the schema names in `@auth`. */
export function plugin(schema) {
  const scopes = new Set()
  visit(getCachedDocumentNodeFromSchema(schema), {
    Directive(directive) {
      if (directive.name.value !== 'auth') return undefined
      for (const { name, value } of directive.arguments ?? []) {
        if (name.value === 'scopes' || name.value === 'anyOf') collectStrings(value, scopes)
      }
      return undefined
    },
  })
  const members = [...scopes].toSorted((a, b) => (a < b ? -1 : 1)).map((scope) => `  | '${scope}'`)
  return `/** Every scope that a rule of the schema names. */\nexport type Scope =\n${members.join('\n')}\n`
}

function collectStrings(value, into) {
  if (value.kind === 'ListValue') value.values.forEach((item) => collectStrings(item, into))
  if (value.kind === 'StringValue') into.add(value.value)
}
