import type { EntityManager } from 'typeorm'
import type { Actor } from '../authentication/actor.js'
import { AppError } from '../errors.js'
import { isUuid } from '../uuid.js'
import {
  checkedClientScopes,
  checkedRedirectUris,
  type Client,
  type ClientKind,
  createClientSecret,
  hashClientSecret,
  isSecretOf,
} from './client.js'
import { clientTable } from './client-table.js'

export type NewClient = {
  name: string
  kind: ClientKind
  redirectUris: readonly string[]
  scopes: readonly string[]
}

/** `secret`: shown here, kept nowhere; null for a public client. */
export type ClientWithSecret = { client: Client; secret: string | null }

/** What clients tell the audit log, in the transaction of what it tells of. */
export type ClientAuditEvent = Actor & { subjectId: string; result: 'success' } & (
    | { action: 'client.created'; details: { scopes: readonly string[] } }
    | { action: 'client.secret-rotated' | 'client.disabled'; details: Readonly<Record<string, never>> }
  )

declare module '../audit/audit-event.js' {
  interface AuditActions {
    'client.created': { scopes: readonly string[] }
    'client.secret-rotated': NoDetails
    'client.disabled': NoDetails
  }
}

export type ClientServiceDependencies = {
  db: EntityManager
  now: () => Date
  randomBytes: (size: number) => Buffer
  /** @throws AppError BAD_USER_INPUT */
  checkedName(name: string): string
  /** The scopes, and all that they imply. */
  expandScopes(scopes: readonly string[]): ReadonlySet<string>
  /** @throws AppError UNAUTHENTICATED for a session that has ended */
  requireLiveSession(tx: EntityManager, sessionId: string | null): Promise<void>
  recordAudit(tx: EntityManager, event: ClientAuditEvent): Promise<void>
  /** Resolves when no replica accepts what the transactions before have revoked. */
  revocationsSettled(): Promise<void>
}

export type ClientService = ReturnType<typeof createClientService>

/** Who is given a secret. `sessionId`: null for callers without one. */
type Maker = { callerScopes: readonly string[]; sessionId: string | null }

const longestOverlapSeconds = 30 * 86_400

export function createClientService(deps: ClientServiceDependencies) {
  const { db, now } = deps

  async function findClient(id: string, manager = db): Promise<Client | null> {
    return isUuid(id) ? manager.findOneBy(clientTable, { id }) : null
  }

  async function changeClient(
    id: string,
    change: (tx: EntityManager, client: Client) => Promise<void>,
  ): Promise<Client> {
    const changed = await db.transaction(async (tx) => {
      const client = isUuid(id)
        ? await tx.findOne(clientTable, { where: { id }, lock: { mode: 'pessimistic_write' } })
        : null
      await change(tx, requireClient(client))
      return requireClient(await findClient(id, tx))
    })
    await deps.revocationsSettled()
    return changed
  }

  return {
    findClient: (id: string): Promise<Client | null> => findClient(id),

    /** The newest first. There are as many as administrators have made by hand. */
    listClients: (): Promise<Client[]> => db.find(clientTable, { order: { createdAt: 'DESC', id: 'DESC' } }),

    /** Whether the client has shown its secret; a public one has none to show. */
    isAuthentic(client: Client, secret: string): boolean {
      return isSecretOf(client, secret, now())
    },

    /**
     * @throws AppError BAD_USER_INPUT; INVALID_SCOPE for a scope that there is none of, or that the maker lacks;
     * UNAUTHENTICATED for a session that ends meanwhile
     */
    async createClient(
      client: NewClient,
      { callerScopes, sessionId }: Maker,
      by: Actor,
    ): Promise<ClientWithSecret> {
      const checked = {
        kind: client.kind,
        name: deps.checkedName(client.name),
        redirectUris: checkedRedirectUris(client),
        scopes: checkedClientScopes(client.scopes, deps.expandScopes(callerScopes)),
      }
      const secret = client.kind === 'confidential' ? createClientSecret(deps.randomBytes) : null
      const secretHash = secret === null ? null : hashClientSecret(secret)
      return db.transaction(async (tx) => {
        await deps.requireLiveSession(tx, sessionId)
        const row = { ...checked, secretHash, createdAt: now() }
        const { id } = await tx.getRepository(clientTable).save(row, { transaction: false })
        const details = { scopes: checked.scopes }
        await deps.recordAudit(tx, {
          ...by,
          action: 'client.created',
          subjectId: id,
          result: 'success',
          details,
        })
        return { client: requireClient(await findClient(id, tx)), secret }
      })
    },

    /**
     * Gives a confidential client another secret. The one before stays good for `overlapSeconds`; with 0 it has
     * leaked, and the client's access tokens end with it. Who is shown the secret can do what the client can.
     * @throws AppError NOT_FOUND, BAD_USER_INPUT; FORBIDDEN for a client with scopes that the caller lacks; UNAUTHENTICATED
     * for a session that ends meanwhile
     */
    async rotateSecret(
      { id, overlapSeconds }: { id: string; overlapSeconds: number },
      { callerScopes, sessionId }: Maker,
      by: Actor,
    ): Promise<ClientWithSecret> {
      if (overlapSeconds < 0 || overlapSeconds > longestOverlapSeconds) {
        throw new AppError('BAD_USER_INPUT', {
          message: `The secret before can stay good for 0 to ${longestOverlapSeconds} seconds.`,
          details: { field: 'overlapSeconds' },
        })
      }
      const secret = createClientSecret(deps.randomBytes)
      const reach = deps.expandScopes(callerScopes)
      const client = await changeClient(id, async (tx, { id: clientId, kind, scopes, secretHash }) => {
        await deps.requireLiveSession(tx, sessionId)
        if (scopes.some((scope) => !reach.has(scope))) {
          throw new AppError('FORBIDDEN', { message: 'This client has scopes that you lack.' })
        }
        if (kind === 'public') {
          throw new AppError('BAD_USER_INPUT', { message: 'A public client has no secret.' })
        }
        const until = new Date(now().getTime() + overlapSeconds * 1000)
        const previous =
          overlapSeconds === 0
            ? { previousSecretHash: null, previousSecretUntil: null }
            : { previousSecretHash: secretHash, previousSecretUntil: until }
        await tx.update(clientTable, { id: clientId }, { secretHash: hashClientSecret(secret), ...previous })
        await deps.recordAudit(tx, {
          ...by,
          action: 'client.secret-rotated',
          subjectId: clientId,
          result: 'success',
          details: {},
        })
      })
      return { client, secret }
    },

    /** Nothing more is issued to it, and its access tokens end. @throws AppError NOT_FOUND */
    disableClient: (id: string, by: Actor): Promise<Client> =>
      changeClient(id, async (tx, { id: clientId, disabledAt }) => {
        if (disabledAt !== null) return
        await tx.update(clientTable, { id: clientId }, { disabledAt: now() })
        await deps.recordAudit(tx, {
          ...by,
          action: 'client.disabled',
          subjectId: clientId,
          result: 'success',
          details: {},
        })
      }),
  }
}

/** @throws AppError NOT_FOUND */
function requireClient(client: Client | null): Client {
  if (client === null) throw new AppError('NOT_FOUND', { message: 'There is no client with this id.' })
  return client
}
