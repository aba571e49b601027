import { minimumPasswordCodePoints } from './prepare-password.js'

let commonPasswords: Promise<string> | undefined

/** Whether the password, in any case of letters, is on the list of leaked ones (offline; 18 000 of at least 8 characters). */
export const isCommonPassword = async (password: string): Promise<boolean> => {
  commonPasswords ??= loadCommonPasswords()
  return (await commonPasswords).includes(`\n${password.toLowerCase()}\n`)
}

// One string of lines: an eighth of the memory of a Set, and searched in microseconds. Loaded when first asked.
const loadCommonPasswords = async (): Promise<string> => {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const choosable = dictionary['passwords-common'].filter(
    (entry) => entry.length >= minimumPasswordCodePoints,
  )
  return `\n${choosable.join('\n')}\n`.toLowerCase()
}
