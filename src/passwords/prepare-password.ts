export const minimumPasswordCodePoints = 8
export const maximumPasswordCodePoints = 128

// No string this long can compose to 128 code points: NFKC shortens by a factor of 4 at most (U+1F82 and its like),
// and a code point takes at most two code units. Longer input is refused before the work of normalising it.
const maximumCodeUnits = 4 * 2 * maximumPasswordCodePoints

/**
 * What was typed -> the text that is measured, compared and hashed: NFKC, so that one password typed on two keyboards
 * is one password (NIST SP 800-63B, "Memorized Secret Verifiers": NFKC or NFKD before hashing).
 *
 * `null` for what nobody's password can be: empty, more than 128 code points, or with a lone surrogate, which UTF-8
 * cannot express, so that two such passwords would hash alike.
 */
export function preparePassword(typed: string): string | null {
  if (typed.length === 0 || typed.length > maximumCodeUnits) return null
  if (/\p{Surrogate}/u.test(typed)) return null
  const prepared = typed.normalize('NFKC')
  return countCodePoints(prepared) > maximumPasswordCodePoints ? null : prepared
}

export function countCodePoints(text: string): number {
  return Array.from(text).length
}
