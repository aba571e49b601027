import { parseArgs } from 'node:util'
import { type Command, UsageError } from './command.js'
import { withDomains } from './with-domains.js'
import { readWords, unknownWords } from './words.js'

export const audit: Command = {
  summary: 'Verifies the hash chain of the audit log',
  usage: `fieldgate audit verify [--since POSITION:HASH]

  --since       a head that an earlier run printed and that you kept elsewhere: the log must still lead on from it

Exits with 1 where the log is not what was sealed. docs/audit.md says what that proves.`,

  async run(args, surroundings) {
    const { say } = surroundings
    const { values, positionals } = readWords(() =>
      parseArgs({ args: [...args], allowPositionals: true, options: { since: { type: 'string' } } }),
    )
    if (positionals.join(' ') !== 'verify') throw unknownWords('audit', positionals)
    const since = values.since === undefined ? {} : { since: pointFrom(values.since) }
    const onProgress = ({ position, of }: { position: number; of: number }) => say(`${position} of ${of} ...`)

    const { fault, head, unsealed } = await withDomains(surroundings, ({ own }) =>
      own.verifyAudit({ ...since, onProgress }),
    )
    say(`Head: ${head.position}:${head.hash.toString('hex')}`)
    say(`Not sealed yet: ${unsealed.count}`)
    if (fault === null) {
      say('Every sealed event is what it was.')
      return 0
    }
    say(`BROKEN at ${fault.position}: ${fault.fault}. Expected ${fault.expected}, found ${fault.found}.`)
    return 1
  },
}

function pointFrom(text: string): { position: number; hash: Buffer } {
  const [, position, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (position === undefined || hash === undefined) {
    throw new UsageError('--since takes what a run printed as its head, such as 12:9f86d0...')
  }
  return { position: Number(position), hash: Buffer.from(hash, 'hex') }
}
