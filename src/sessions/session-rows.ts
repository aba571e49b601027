import type { EntityManager } from 'typeorm'
import type { rotation } from './refresh.js'
import type { Session } from './session.js'

// The statements of sign-in and refresh, written out: to have them built took a good part of a refresh.

/** What a refresh has to know of a session. */
export type RefreshedSession = Pick<
  Session,
  | 'id'
  | 'userId'
  | 'clientId'
  | 'scopeCeiling'
  | 'generation'
  | 'tokenHash'
  | 'previousTokenHash'
  | 'sealedReply'
  | 'rotatedAt'
  | 'authenticatedAt'
  | 'createdAt'
  | 'expiresAt'
  | 'endedAt'
>

const columns = `id, user_id AS "userId", client_id AS "clientId", scope_ceiling AS "scopeCeiling", generation,
  token_hash AS "tokenHash", previous_token_hash AS "previousTokenHash", sealed_reply AS "sealedReply",
  rotated_at AS "rotatedAt", authenticated_at AS "authenticatedAt", created_at AS "createdAt",
  expires_at AS "expiresAt", ended_at AS "endedAt"`

/** Locks the row of a family to the end of the transaction. Nothing can end the session until then. */
export async function lockFamily(tx: EntityManager, familyHash: Buffer): Promise<RefreshedSession | null> {
  const [session] = await tx.query<RefreshedSession[]>(
    `SELECT ${columns} FROM sessions WHERE family_hash = $1 FOR UPDATE`,
    [familyHash],
  )
  return session ?? null
}

/** To a row that is locked. */
export async function writeRotation(
  tx: EntityManager,
  id: string,
  change: ReturnType<typeof rotation>,
): Promise<void> {
  await tx.query(
    `UPDATE sessions SET generation = $2, token_hash = $3, previous_token_hash = $4, sealed_reply = $5, scopes = $6,
       address = $7, rotated_at = $8, last_used_at = $9, expires_at = $10
     WHERE id = $1`,
    [
      id,
      change.generation,
      change.tokenHash,
      change.previousTokenHash,
      change.sealedReply,
      change.scopes,
      change.address,
      change.rotatedAt,
      change.lastUsedAt,
      change.expiresAt,
    ],
  )
}

/** What a session has from the start; of what is left out there is nothing yet. */
export type NewSessionRow = Omit<
  Session,
  'previousTokenHash' | 'sealedReply' | 'rotatedAt' | 'endedAt' | 'endReason'
>

export async function insertSession(tx: EntityManager, session: NewSessionRow): Promise<void> {
  await tx.query(
    `INSERT INTO sessions (id, user_id, client_id, scope_ceiling, scopes, device, address, generation, family_hash,
       token_hash, authenticated_at, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      session.id,
      session.userId,
      session.clientId,
      session.scopeCeiling,
      session.scopes,
      session.device,
      session.address,
      session.generation,
      session.familyHash,
      session.tokenHash,
      session.authenticatedAt,
      session.createdAt,
      session.lastUsedAt,
      session.expiresAt,
    ],
  )
}
