/** For a person to type once, and to change. 120 bits: nobody guesses it. */
export function randomPassword(randomBytes: (size: number) => Buffer): string {
  return randomBytes(15).toString('base64url')
}
