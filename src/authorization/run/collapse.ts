import { isRefusal } from '../refusal.js'

type ReportedError = {
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** The place of a refusal with list positions left out, and what it tells; null for other errors. */
function placeOf(error: ReportedError): string | null {
  const { path, extensions } = error
  if (!path || !isRefusal(error)) return null
  const keys = path.map((key) => (typeof key === 'number' ? 0 : key))
  return JSON.stringify([extensions?.['coordinate'], extensions?.['required'] ?? null, keys])
}

/** How many refusals an error stands for: the guard counts those of one place that it reached in one way. */
function occurrencesOf({ extensions }: ReportedError): number {
  const counted = extensions?.['occurrences']
  return typeof counted === 'number' ? counted : 1
}

/** One error for a list whose items are refused one by one: the first, which counts the others. */
export function collapseRefusals<T extends ReportedError>(
  errors: readonly T[],
  counted: (error: T, occurrences: number) => T,
): readonly T[] {
  if (errors.length < 2) return errors
  const first = new Map<string, { readonly error: T; occurrences: number }>()
  for (const [at, error] of errors.entries()) {
    const place = placeOf(error) ?? String(at)
    const known = first.get(place)
    if (known) known.occurrences += occurrencesOf(error)
    else first.set(place, { error, occurrences: occurrencesOf(error) })
  }
  return [...first.values()].map(({ error, occurrences }) =>
    occurrences === occurrencesOf(error) ? error : counted(error, occurrences),
  )
}

/** A message of graphql-js without the names that it suggests. */
export const hideSuggestion = (message: string) => message.replace(/ Did you mean [^?]*\?/g, '')
