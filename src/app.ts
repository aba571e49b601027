import type { ApolloServer } from '@apollo/server'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from 'pino'
import type { DataSource } from 'typeorm'
import { buildGraphql } from './app/build-graphql.js'
import { buildHttp, buildSockets } from './app/build-http.js'
import { openDomains } from './app/open-domains.js'
import { endAll, orEndAll, type Started } from './app/started.js'
import type { Authorization } from './authorization/index.js'
import type { Config } from './config.js'
import type { Domain } from './domain.js'
import type { Schedule } from './domains/schedule.js'
import type { Context } from './graphql/context.js'
import { createLogger } from './http/logger.js'
import { createMetrics } from './http/metrics.js'
import type { HttpServer } from './http/server.js'
import type { FirstAdministrator } from './users/first-administrator.js'

export type { ConnectedDomain, Domain, DomainContract, Platform } from './domain.js'

export type AppOptions = {
  config: Config
  /** Domains of one's own, beside those of Fieldgate. */
  domains?: readonly Domain[]
  log?: Logger
  /** Receives a line for each step of the start that can take long. */
  report?: (line: string) => void
  now?: () => Date
  /** Left out: by timers. */
  schedule?: Schedule
  randomBytes?: (size: number) => Buffer
}

export type App = {
  schema: GraphQLSchema
  authorization: Authorization<Context>
  database: DataSource
  http: HttpServer
  /** null unless this start made it. */
  firstAdministrator: FirstAdministrator | null
  /** Runs an operation through the whole pipeline, without HTTP. */
  execute: ApolloServer<Context>['executeOperation']
  /** @returns the URL, with the port that was taken where 0 was asked for */
  listen: () => Promise<string>
  /** After the drain. Ends everything, though some of it fail; asked for twice, it is one stop. */
  stop: () => Promise<void>
}

/**
 * Builds the whole server, up to the point where only `listen` is missing.
 * @throws DomainError, DatabaseError, MasterKeyError, AuthorizationFaults: each says what to do. What was started is stopped again.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const log = options.log ?? createLogger({ level: options.config.logLevel })
  const started: Started = []
  const app = await orEndAll(
    started,
    () => build({ ...options, log }, started),
    (fault) => log.error({ err: fault }, 'what was started could not be stopped again'),
  )
  let stopped: Promise<void> | undefined
  return {
    ...app,
    stop: () => {
      stopped ??= endAll(started)
      return stopped
    },
  }
}

async function build(options: AppOptions, started: Started): Promise<Omit<App, 'stop'>> {
  const { config } = options
  const metrics = createMetrics()
  const opened = await openDomains({ ...options, metrics: metrics.registry, schema: 'migrate' }, started)
  for (const domain of opened.domains) {
    if (domain.stop) started.push(domain.stop)
    await domain.start?.()
  }
  const graphql = await buildGraphql(config, opened, metrics, started)
  const http = buildHttp(config, opened, graphql, metrics, started)
  buildSockets(config, opened, graphql, http, metrics, started)
  // The last that can fail: a password that is made now is shown, and kept nowhere.
  const firstAdministrator = await opened.own.createFirstAdministrator()
  // Before all else: while it drains, everything works.
  started.push(http.drain)

  const { schema, authorization, server } = graphql
  return {
    schema,
    authorization,
    database: opened.database,
    http,
    firstAdministrator,
    execute: server.apollo.executeOperation.bind(server.apollo),
    listen: () => http.listen(config.http),
  }
}
