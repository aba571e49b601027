/** The database cannot be used as it is. The message names what was found and the remedy, for the operator. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
}
