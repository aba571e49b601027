import { type Actor, AppError, type Platform } from 'fieldgate'
import { maxNoteLength, type Note } from './note.js'
import { noteTable } from './note-table.js'

declare module 'fieldgate' {
  interface AuditActions {
    'note.added': { noteId: string }
  }
}

export type NoteDependencies = Pick<Platform, 'db' | 'now' | 'recordAudit'>

/** Reads and writes the notes of one owner, newest first. */
export function createNoteService({ db, now, recordAudit }: NoteDependencies) {
  return {
    listNotes: (ownerId: string): Promise<Note[]> =>
      db.find(noteTable, { where: { ownerId }, order: { createdAt: 'DESC', id: 'DESC' } }),

    /** @throws AppError BAD_USER_INPUT */
    addNote(ownerId: string, text: string, by: Actor): Promise<Note> {
      const length = Array.from(text).length
      if (length === 0 || length > maxNoteLength) {
        throw new AppError('BAD_USER_INPUT', {
          message: `A note has 1 to ${maxNoteLength} characters.`,
          details: { field: 'text' },
        })
      }
      return db.transaction(async (tx) => {
        const note = await tx.save(noteTable, { ownerId, text, createdAt: now() })
        const details = { noteId: note.id }
        await recordAudit(tx, { ...by, action: 'note.added', subjectId: ownerId, result: 'success', details })
        return note
      })
    },
  }
}
