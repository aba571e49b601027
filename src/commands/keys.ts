import type { openDomains } from '../app.js'
import type { ListedKey } from '../tokens/signing-key-service.js'
import { type Command, UsageError } from './command.js'
import { withDomains } from './with-domains.js'

export const keys: Command = {
  summary: 'Lists and changes the keys that sign access tokens',
  usage: `fieldgate keys list
fieldgate keys rotate            publishes a successor, which signs once all clients can know it
fieldgate keys compromise KID    takes a key away at once: every token that it signed is refused
fieldgate keys reseal            seals every key under the newest MASTER_KEY, so that the one before can go`,

  async run([action, keyId], surroundings) {
    const { say } = surroundings
    return withDomains(surroundings, async ({ own }) => {
      if (action === 'rotate') await own.keys.rotate()
      else if (action === 'compromise') await compromise(own, requireKeyId(keyId))
      else if (action === 'reseal') say(`Sealed anew: ${(await own.keys.reseal()).resealed}`)
      else if (action !== 'list') throw new UsageError('What about the keys?')
      for (const key of await own.keys.list()) say(lineOf(key))
      return 0
    })
  },
}

type OwnDomains = Awaited<ReturnType<typeof openDomains>>['own']

// Done when no replica accepts what the key signed.
async function compromise(own: OwnDomains, keyId: string): Promise<void> {
  await own.keys.compromise(keyId)
  await own.revocations.settled()
}

function requireKeyId(keyId: string | undefined): string {
  if (keyId === undefined) throw new UsageError('Which key? "fieldgate keys list" shows their ids.')
  return keyId
}

function lineOf({ keyId, algorithm, state, activatesAt }: ListedKey): string {
  return `${keyId}  ${algorithm}  ${state.padEnd(11)}  signs from ${activatesAt.toISOString()}`
}
