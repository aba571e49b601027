import { isRefusal } from './refusal.js'

type ReportedError = {
  readonly message: string
  readonly path?: readonly (string | number)[] | undefined
  readonly extensions?: Readonly<Record<string, unknown>> | undefined
}

/** The place of a refusal with list positions left out; null for other errors. */
function placeOf(error: ReportedError): string | null {
  const { path, extensions } = error
  if (!path || !isRefusal(error)) return null
  const keys = path.map((key) => (typeof key === 'number' ? 0 : key))
  return JSON.stringify([extensions?.['code'], extensions?.['coordinate'], keys])
}

/** One error for a list whose items are refused one by one: the first, which counts the others. */
export function collapseRefusals<T extends ReportedError>(
  errors: readonly T[],
  counted: (error: T, occurrences: number) => T,
): readonly T[] {
  if (errors.length < 2) return errors
  const counts = new Map<string, number>()
  for (const error of errors) {
    const place = placeOf(error)
    if (place !== null) counts.set(place, (counts.get(place) ?? 0) + 1)
  }
  const reported = new Set<string>()
  return errors.flatMap((error) => {
    const place = placeOf(error)
    const occurrences = counts.get(place ?? '') ?? 1
    if (place === null || occurrences === 1) return [error]
    if (reported.has(place)) return []
    reported.add(place)
    return [counted(error, occurrences)]
  })
}

/** A message of graphql-js without the names that it suggests. */
export const hideSuggestion = (message: string) => message.replace(/ Did you mean [^?]*\?/g, '')
