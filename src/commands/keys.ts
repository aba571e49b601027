import { parseArgs } from 'node:util'
import type { OpenedDomains } from '../app/open-domains.js'
import type { ListedKey } from '../tokens/signing-key-service.js'
import { type Command, type Surroundings, UsageError } from './command.js'
import { withDomains } from './with-domains.js'
import { readWords, unknownWords } from './words.js'

type Action = (own: OpenedDomains['own'], say: Surroundings['say']) => Promise<unknown>

export const keys: Command = {
  summary: 'Lists and changes the keys that sign access tokens',
  usage: `fieldgate keys list
fieldgate keys rotate            publishes a successor, which signs once all clients can know it
fieldgate keys compromise KID    takes a key away at once: every token that it signed is refused
fieldgate keys reseal            seals every key under the newest MASTER_KEY, so that the one before can go`,

  async run(words, surroundings) {
    const { say } = surroundings
    const { positionals } = readWords(() => parseArgs({ args: [...words], allowPositionals: true }))
    const act = actionOf(positionals)
    return withDomains(surroundings, async ({ own }) => {
      await act(own, say)
      for (const key of await own.keys.list()) say(lineOf(key))
      return 0
    })
  },
}

function actionOf(positionals: readonly string[]): Action {
  const [name = '', keyId, ...rest] = positionals
  if (name === 'compromise' && keyId === undefined) {
    throw new UsageError('Which key? "fieldgate keys list" shows their ids.')
  }
  if (name === 'compromise' && keyId !== undefined && rest.length === 0) return compromise(keyId)
  const action = keyId === undefined ? actions.get(name) : undefined
  if (action === undefined) throw unknownWords('keys', positionals)
  return action
}

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['list', async () => {}],
  ['rotate', (own) => own.keys.rotate()],
  ['reseal', async (own, say) => say(`Sealed anew: ${(await own.keys.reseal()).resealed}`)],
])

// Done when no replica accepts what the key signed.
function compromise(keyId: string): Action {
  return async (own) => {
    await own.keys.compromise(keyId)
    await own.revocations.settled()
  }
}

function lineOf({ keyId, algorithm, state, activatesAt }: ListedKey): string {
  return `${keyId}  ${algorithm}  ${state.padEnd(11)}  signs from ${activatesAt.toISOString()}`
}
