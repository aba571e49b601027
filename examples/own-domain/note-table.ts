import { EntitySchema } from 'typeorm'
import type { Note } from './note.js'

export const noteTable = new EntitySchema<Note>({
  name: 'note',
  tableName: 'notes',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid', primaryKeyConstraintName: 'pk_notes' },
    ownerId: { type: 'uuid', name: 'owner_id' },
    text: { type: 'text' },
    createdAt: { type: 'timestamptz', precision: 3, name: 'created_at' },
  },
  indices: [{ name: 'ix_notes_owner_id_created_at', columns: ['ownerId', 'createdAt'] }],
  checks: [{ name: 'ck_notes_text_length', expression: 'char_length(text) BETWEEN 1 AND 1000' }],
})
