import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.js'
import { withDomains } from './with-domains.js'
import { readWords, unknownWords } from './words.js'

export const users: Command = {
  summary: 'Makes a new password for a user whose password is lost',
  usage: `fieldgate users password EMAIL

  EMAIL         the address with which the user signs in

The new password is random, shown once and kept nowhere. All sessions of the user end at once, also those of running servers
(with the embedded Postgres, stop the server first). The limits on failed attempts stay: who has just guessed too often waits.
API keys stay good: the mutation revokeUserCredentials takes them back. A disabled user stays disabled.

Exits with 1 where there is no such user.`,

  async run(words, surroundings) {
    const { say } = surroundings
    const { positionals } = readWords(() => parseArgs({ args: [...words], allowPositionals: true }))
    const typed = emailFrom(positionals)
    const { email, password, sessions, disabledAt } = await withDomains(surroundings, ({ own }) =>
      own.resetPassword(typed),
    )
    say(`The password has been replaced. The new one is shown once:
  e-mail     ${email}
  password   ${password}
Sessions ended: ${sessions}`)
    if (disabledAt !== null) say('This user is disabled, and stays disabled until enableUser.')
    return 0
  },
}

function emailFrom(positionals: readonly string[]): string {
  const [name, email, ...rest] = positionals
  if (name !== 'password' || rest.length > 0) throw unknownWords('users', positionals)
  if (email === undefined) throw new UsageError('Whose password? Give the e-mail address.')
  return email
}
