/** A note is its owner's alone. */
export type Note = {
  id: string
  ownerId: string
  text: string
  createdAt: Date
}

export const maxNoteLength = 1000
