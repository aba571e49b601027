import type { IResolvers } from '@graphql-tools/utils'
import type { RouteOptions } from 'fastify'
import type { DocumentNode } from 'graphql'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { EntityManager } from 'typeorm'
import type { NewAuditEvent } from './audit/audit-event.js'
import type { Authorization, Policy } from './authorization/index.js'
import type { Migration, Table } from './database/data-source.js'
import type { Schedule } from './domains/schedule.js'
import type { Context } from './graphql/context.js'
import type { ScopeDefinition } from './roles/role.js'

/** What is known of a domain before there is a database. */
export type DomainContract = {
  readonly name: string
  /** Parsed from a named Source, so that faults can name the file. */
  readonly typeDefs?: DocumentNode
  readonly tables?: readonly Table[]
  readonly migrations?: readonly Migration[]
  readonly scopes?: Readonly<Record<string, ScopeDefinition>>
  /** Policies that need nothing but what they are asked. */
  readonly policies?: Readonly<Record<string, Policy<Context>>>
  /** Coordinates of fields that hash a password: an operation may have one of them, once. */
  readonly passwordFields?: readonly string[]
}

/** A domain at work. */
export type ConnectedDomain = {
  readonly resolvers: IResolvers<unknown, Context>
  /** Policies that need services. */
  readonly policies?: Readonly<Record<string, Policy<Context>>>
  /** Addresses beside GraphQL. They take forms too. */
  readonly routes?: readonly RouteOptions[]
  readonly start?: () => Promise<void>
  readonly stop?: () => Promise<void>
}

/** What every domain is given to work with. */
export type Foundation = {
  db: EntityManager
  /** Leads to Postgres itself, for LISTEN: a pooler in transaction mode would drop it. */
  listenUrl: string
  log: Logger
  /** What `/metrics` answers: for counters of one's own. */
  metrics: Registry
  now: () => Date
  /** For work in the background. */
  schedule: Schedule
  randomBytes: (size: number) => Buffer
  /** The scopes of all domains. */
  scopes: Readonly<Record<string, ScopeDefinition>>
  /** The scopes, and all that they imply. */
  expandScopes: (scopes: readonly string[]) => ReadonlySet<string>
  /** Which rows of a type a caller may see, for a query to ask for no others. For resolvers: before there are no rules. */
  rowsOf: Authorization<Context>['rowsOf']
}

/** What a domain of one's own is given as well: it is built after those of Fieldgate, and may lean on them. */
export type Platform = Foundation & {
  /** Writes the event in the transaction of what it tells of: both happen, or neither. */
  recordAudit: (tx: EntityManager, event: NewAuditEvent) => Promise<void>
  /** For who has taken a right away, after the commit: resolves when no replica grants it any more. Never rejects. */
  revocationsSettled: () => Promise<void>
}

/** A domain of one's own: what an application that is built on Fieldgate adds to the list. */
export type Domain = DomainContract & { connect(platform: Platform): ConnectedDomain }
