/** Counts who holds what: at most `limit` things for one holder. */
export function createPlaces(limit: number) {
  const taken = new Map<string, number>()
  const holders = new Map<object, string>()

  function free(thing: object): void {
    const holder = holders.get(thing)
    if (holder === undefined) return
    holders.delete(thing)
    const left = (taken.get(holder) ?? 0) - 1
    if (left > 0) taken.set(holder, left)
    else taken.delete(holder)
  }

  return {
    free,
    /** Gives a thing to a holder, whoever had it before. `full`: it stays where it was. */
    move(thing: object, holder: string): 'done' | 'full' {
      const count = taken.get(holder) ?? 0
      if (count >= limit) return 'full'
      free(thing)
      holders.set(thing, holder)
      taken.set(holder, count + 1)
      return 'done'
    },
  }
}
