import { type EntityManager, IsNull } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import type { Caller } from '../authentication/caller.js'
import { AppError } from '../errors.js'
import { isUuid } from '../uuid.js'
import { type ApiKey, formatApiKey, hashSecret, secretBytes } from './api-key.js'
import { apiKeyTable } from './api-key-table.js'

export type NewApiKey = {
  name: string
  scopes: readonly string[]
  /** null: until it is revoked. */
  expiresAt: Date | null
}

export type CreatedApiKey = {
  apiKey: ApiKey
  /** The key: shown here, kept nowhere. */
  key: string
}

/** What API keys tell the audit log, in the transaction of what it tells of. */
export type ApiKeyAuditEvent = Actor & { subjectId: string; result: 'success' } & (
    | { action: 'api-key.created'; details: { apiKeyId: string; scopes: readonly string[] } }
    | { action: 'api-key.revoked'; details: { apiKeyId: string } }
  )

declare module '../audit/audit-event.js' {
  interface AuditActions {
    'api-key.created': { apiKeyId: string; scopes: readonly string[] }
    'api-key.revoked': { apiKeyId: string }
  }
}

export type ApiKeyServiceDependencies = {
  db: EntityManager
  now: () => Date
  randomBytes: (size: number) => Buffer
  /** @throws AppError BAD_USER_INPUT */
  checkedName(name: string): string
  /** The scopes, and all that they imply. */
  expandScopes(scopes: readonly string[]): ReadonlySet<string>
  /** @throws AppError UNAUTHENTICATED for a session that has ended */
  requireLiveSession(tx: EntityManager, sessionId: string | null): Promise<void>
  recordAudit(tx: EntityManager, event: ApiKeyAuditEvent): Promise<void>
  /** Resolves when no replica accepts what the transactions before have revoked. */
  revocationsSettled(): Promise<void>
}

export type ApiKeyService = ReturnType<typeof createApiKeyService>

/** So that the list is all of them: nobody reads, or reviews, more. */
const mostKeys = 50

export function createApiKeyService(deps: ApiKeyServiceDependencies) {
  const { db, now } = deps

  function listKeys(userId: string, manager = db): Promise<ApiKey[]> {
    return manager.find(apiKeyTable, {
      where: { userId, revokedAt: IsNull() },
      order: { createdAt: 'DESC', id: 'DESC' },
    })
  }

  async function insertKey(
    tx: EntityManager,
    { sessionId }: Caller,
    key: Omit<ApiKey, 'id'>,
  ): Promise<ApiKey> {
    // Their number is looked at and changed by one at a time.
    await tx.query(`SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE`, [key.userId])
    await deps.requireLiveSession(tx, sessionId)
    if ((await listKeys(key.userId, tx)).length >= mostKeys) {
      throw new AppError('BAD_USER_INPUT', {
        message: `A user has at most ${mostKeys} API keys. Revoke one first.`,
      })
    }
    return tx.getRepository(apiKeyTable).save({ ...key }, { transaction: false })
  }

  return {
    /** The keys of a user that are not revoked, newest first; those that have expired too. */
    listKeys: (userId: string): Promise<ApiKey[]> => listKeys(userId),

    /**
     * Makes a key for the caller, with no scope that the caller's own credential lacks.
     * @throws AppError BAD_USER_INPUT, INVALID_SCOPE; UNAUTHENTICATED for a session that ends meanwhile
     */
    async createKey(caller: Caller, key: NewApiKey, by: Actor): Promise<CreatedApiKey> {
      const name = deps.checkedName(key.name)
      const scopes = requireWithinReach(key.scopes, deps.expandScopes(caller.scopes))
      const createdAt = now()
      requireFuture(key.expiresAt, createdAt)
      const secret = deps.randomBytes(secretBytes)
      const apiKey = await db.transaction(async (tx) => {
        const { id: userId } = caller
        const dates = { createdAt, expiresAt: key.expiresAt, lastUsedAt: null, revokedAt: null }
        const secretHash = hashSecret(secret)
        const row = await insertKey(tx, caller, { userId, name, scopes, secretHash, ...dates })
        const details = { apiKeyId: row.id, scopes }
        await deps.recordAudit(tx, {
          ...by,
          action: 'api-key.created',
          subjectId: userId,
          result: 'success',
          details,
        })
        return row
      })
      return { apiKey, key: formatApiKey(apiKey.id, secret) }
    },

    /** @throws AppError NOT_FOUND, for a stranger's key and one that is revoked already too */
    async revokeKey(userId: string, id: string, by: Actor): Promise<void> {
      await db.transaction(async (tx) => {
        const mine = isUuid(id) ? { id, userId, revokedAt: IsNull() } : null
        const { affected } = mine ? await tx.update(apiKeyTable, mine, { revokedAt: now() }) : { affected: 0 }
        if (affected !== 1) throw new AppError('NOT_FOUND', { message: 'There is no API key with this id.' })
        const details = { apiKeyId: id.toLowerCase() } // as Postgres writes it
        await deps.recordAudit(tx, {
          ...by,
          action: 'api-key.revoked',
          subjectId: userId,
          result: 'success',
          details,
        })
      })
      await deps.revocationsSettled()
    },
  }
}

// Asking is explicit here, so what cannot be granted is refused and not left out.
function requireWithinReach(scopes: readonly string[], reach: ReadonlySet<string>): string[] {
  const wanted = [...new Set(scopes)].toSorted()
  if (wanted.length > 0 && wanted.every((scope) => reach.has(scope))) return wanted
  throw new AppError('INVALID_SCOPE', {
    message: 'A key has at least one scope, and none that its maker lacks.',
    details: { field: 'scopes' },
  })
}

function requireFuture(expiresAt: Date | null, at: Date): void {
  if (expiresAt === null || expiresAt > at) return
  throw new AppError('BAD_USER_INPUT', {
    message: 'The key would have expired already.',
    details: { field: 'expiresAt' },
  })
}
