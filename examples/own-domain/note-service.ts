import type { EntityManager } from 'typeorm'
import type { Note } from './note.js'
import { noteTable } from './note-table.js'

export type NoteDependencies = { db: EntityManager; now: () => Date }

/** Reads and writes the notes of one owner, newest first. */
export function createNoteService({ db, now }: NoteDependencies) {
  const notes = db.getRepository(noteTable)
  return {
    listNotes: (ownerId: string): Promise<Note[]> =>
      notes.find({ where: { ownerId }, order: { createdAt: 'DESC', id: 'DESC' } }),

    addNote: (ownerId: string, text: string): Promise<Note> =>
      notes.save({ ownerId, text, createdAt: now() }),
  }
}
