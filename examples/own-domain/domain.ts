import { readFileSync } from 'node:fs'
import type { Domain } from 'fieldgate'
import { GraphQLError, parse, Source } from 'graphql'
import { maxNoteLength, type Note } from './note.js'
import { createNoteService } from './note-service.js'
import { noteTable } from './note-table.js'
import { Notes1770000000000 } from './notes-migration.js'

const sdl = new URL('notes.graphql', import.meta.url)

/** `createApp({ config, domains: [notes] })` serves it beside what Fieldgate brings along. */
export const notes: Domain = {
  name: 'notes',
  typeDefs: parse(new Source(readFileSync(sdl, 'utf8'), 'examples/own-domain/notes.graphql')),
  tables: [noteTable],
  migrations: [Notes1770000000000],
  scopes: {
    'notes:read': { description: 'Read one’s own notes', implies: [], grantedTo: ['member'] },
    'notes:write': { description: 'Write notes', implies: ['notes:read'], grantedTo: ['member'] },
  },
  policies: {
    isNoteOwner: { dependsOn: 'parent', check: ({ caller, parent }) => parent['ownerId'] === caller.id },
  },
  connect({ db, now }) {
    const service = createNoteService({ db, now })
    return {
      resolvers: {
        Query: { notes: (_root, _args, { caller }): Promise<Note[]> => service.listNotes(idOf(caller)) },
        Mutation: {
          addNote: (_root, { text }: { text: string }, { caller }): Promise<Note> =>
            service.addNote(idOf(caller), acceptable(text)),
        },
      },
    }
  },
}

/** Under @auth there is a caller; this says so to the compiler. */
function idOf(caller: object | null): string {
  if (caller && 'id' in caller && typeof caller.id === 'string') return caller.id
  throw new Error('The guard let nobody in.')
}

function acceptable(text: string): string {
  const length = Array.from(text).length
  if (length > 0 && length <= maxNoteLength) return text
  throw new GraphQLError(`A note has 1 to ${maxNoteLength} characters.`, {
    extensions: { code: 'BAD_USER_INPUT' },
  })
}
