import { readFileSync } from 'node:fs'
import { actorOf, type Domain, type SignedInContext } from 'fieldgate'
import { parse, Source } from 'graphql'
import type { Note } from './note.js'
import { createNoteService } from './note-service.js'
import { noteTable } from './note-table.js'
import { Notes1770000000000 } from './notes-migration.js'

const sdl = new URL('notes.graphql', import.meta.url)

/** Served beside what Fieldgate brings along by `main.ts`, or by `createApp({ config: readConfig(), domains: [notes] })`. */
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
  connect(platform) {
    const service = createNoteService(platform)
    return {
      resolvers: {
        Query: {
          // Under @auth there is a caller: codegen would say so by itself.
          notes: (_root, _args, { caller }: SignedInContext): Promise<Note[]> => service.listNotes(caller.id),
        },
        Mutation: {
          addNote: (_root, { text }: { text: string }, context: SignedInContext): Promise<Note> =>
            service.addNote(context.caller.id, text, actorOf(context)),
        },
      },
    }
  },
}
