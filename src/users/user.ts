import { AppError } from '../errors.js'

/** A person who can sign in. The password's hash is not part of it: see user-credentials. */
export type User = {
  id: string
  name: string
  /** As its owner wrote it. */
  email: string
  createdAt: Date
  updatedAt: Date
  /** null while the user may sign in. */
  disabledAt: Date | null
}

const longestName = 100
const longestEmail = 254 // RFC 5321 4.5.3.1.3: a path of 256 octets less its angle brackets
// What is longer is no address and no name: NFC shortens by a factor of 3 at most. To normalize a megabyte would hold
// everybody else up.
const longestRead = 1000
// Nothing that cannot be seen, by which a second address would look like the first. U+2800: a Braille cell without dots.
const emailShape =
  /^[^\s@\p{C}\p{Default_Ignorable_Code_Point}\u2800]{1,64}@[^\s@\p{C}\p{Default_Ignorable_Code_Point}\u2800]+$/u
// Joiners are ignorable too, and belong into names of some scripts (Unicode 17.0, 23.2): beside something else.
const visible = /[^\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u
// What would move the text round a name: controls, line breaks, and directions (UAX 9, 2).
const moving = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u

/** The form in which addresses are compared: two spellings of one mailbox give one key. */
export function emailKey(email: string): string {
  return email.trim().slice(0, longestRead).normalize('NFKC').toLowerCase()
}

/** As names are written. */
export function searchText(search: string): string {
  return search.trim().slice(0, longestRead).normalize('NFC')
}

/** @throws AppError BAD_USER_INPUT */
export function checkedEmail(email: string): string {
  const trimmed = email.trim().slice(0, longestRead).normalize('NFC')
  if (trimmed.length > longestEmail || !emailShape.test(trimmed)) {
    throw new AppError('BAD_USER_INPUT', {
      message: 'This is not an e-mail address.',
      details: { field: 'email' },
    })
  }
  return trimmed
}

/** @throws AppError BAD_USER_INPUT */
export function checkedName(name: string): string {
  const trimmed = name.trim().slice(0, longestRead).normalize('NFC')
  const length = Array.from(trimmed).length
  if (length > longestName || !visible.test(trimmed) || moving.test(trimmed)) {
    throw new AppError('BAD_USER_INPUT', {
      message: `A name has 1 to ${longestName} characters, at least one that can be seen, and none that breaks lines or turns the direction of text.`,
      details: { field: 'name' },
    })
  }
  return trimmed
}
