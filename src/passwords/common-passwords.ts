import { createRequire } from 'node:module'
import { minimumPasswordCodePoints } from './prepare-password.js'

let commonPasswords: string | undefined

/** Whether the password, in any case of letters, is on the list of leaked ones (offline; 18 000 of at least 8 characters). */
export function isCommonPassword(password: string): boolean {
  commonPasswords ??= loadCommonPasswords()
  return commonPasswords.includes(`\n${password.toLowerCase()}\n`)
}

// One string of lines: a fraction of the memory of a Set, and searched in microseconds. Loaded when first asked, in
// some 50 ms, so that a start does not wait for it.
function loadCommonPasswords(): string {
  const require = createRequire(import.meta.url)
  const { dictionary }: typeof import('@zxcvbn-ts/language-common') = require('@zxcvbn-ts/language-common')
  const choosable = dictionary['passwords-common'].filter(
    (entry) => entry.length >= minimumPasswordCodePoints,
  )
  return `\n${choosable.join('\n')}\n`.toLowerCase()
}
