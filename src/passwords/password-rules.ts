import { AppError } from '../errors.js'
import { isCommonPassword } from './common-passwords.js'
import {
  countCodePoints,
  maximumPasswordCodePoints,
  minimumPasswordCodePoints,
  preparePassword,
} from './prepare-password.js'

export type NewPassword = {
  password: string
  /** Of the person whose password it is to be. */
  email: string
  /** Name of the argument, for `extensions.field`. */
  field: string
}

/**
 * Throws BAD_USER_INPUT unless the password may be chosen: 8 to 128 code points, not a common one, not the e-mail
 * address or the part before its @. No rules of composition (NIST SP 800-63B: they SHALL NOT be imposed).
 */
export function requireAcceptablePassword({ password, email, field }: NewPassword): void {
  const refuse = (message: string): never => {
    throw new AppError('BAD_USER_INPUT', { message, details: { field } })
  }
  const prepared = preparePassword(password)
  if (prepared === null && password !== '') {
    return refuse(
      `The password must have at most ${maximumPasswordCodePoints} characters, all of them valid Unicode.`,
    )
  }
  if (prepared === null || countCodePoints(prepared) < minimumPasswordCodePoints) {
    return refuse(`The password must have at least ${minimumPasswordCodePoints} characters.`)
  }
  if (isNameOf(prepared, email)) refuse('The password must not be the e-mail address or a part of it.')
  if (isCommonPassword(prepared)) {
    refuse('This password is on the lists that attackers try first. Choose another.')
  }
}

function isNameOf(password: string, email: string): boolean {
  const address = email.normalize('NFKC').toLowerCase()
  const [localPart] = address.split('@')
  return [address, localPart].includes(password.toLowerCase())
}
