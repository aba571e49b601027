/** What an application built on Fieldgate imports as 'fieldgate'. */

export { type App, type AppOptions, createApp } from './app.js'
// By a star, so that a domain can add its actions: declare module 'fieldgate' { interface AuditActions { ... } }
export type * from './audit/audit-event.js'
export { type Actor, actorOf, strangerOf, theServer } from './authentication/actor.js'
export { type BadCredential, type Caller, isCaller } from './authentication/caller.js'
export { type Config, ConfigError, type Environment, readConfig } from './config.js'
export {
  type Connection,
  connectionOf,
  type PageArguments,
  type PageRequest,
  pageRequest,
} from './connections/connection.js'
export { selectPage } from './connections/keyset.js'
export type { ConnectedDomain, Domain, DomainContract, Platform } from './domain.js'
export { DomainError } from './domains/clashes.js'
export { AppError, type AppErrorOptions, type ErrorCode } from './errors.js'
export type { Context, SignedInContext } from './graphql/context.js'
