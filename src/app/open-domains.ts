import { randomBytes as systemRandomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import type { DataSource } from 'typeorm'
import type { AppOptions } from '../app.js'
import type { Authorization } from '../authorization/index.js'
import { openDatabase } from '../database/data-source.js'
import { createPoolMetrics } from '../database/pool-metrics.js'
import { startEmbeddedPostgres } from '../database/embedded.js'
import { migrate, requireMigrated } from '../database/migrate.js'
import { migrations } from '../database/migrations.js'
import type { Foundation, Platform } from '../domain.js'
import { connectOwnDomains, ownDomains } from '../domains.js'
import { rulesOf } from '../domains/rules.js'
import { schedule as scheduleByTimer } from '../domains/schedule.js'
import { createScopeExpansion } from '../graphql/authorization.js'
import type { Context } from '../graphql/context.js'
import { createLogger } from '../http/logger.js'
import type { Started } from './started.js'

export type OpenOptions = AppOptions & {
  /** Whether the schema is brought up to this build, or has to be there already. */
  schema: 'migrate' | 'require'
  /** Left out: nobody asks for them. */
  metrics?: Registry
}

export type OpenedDomains = Awaited<ReturnType<typeof openDomains>>

/**
 * The lower half: the database and the domains connected to it, none of them started. What is started on the way is
 * added to `started`, to be ended in the reverse order.
 */
export async function openDomains(options: OpenOptions, started: Started) {
  const { config, domains: addedDomains = [], now = () => new Date(), schedule = scheduleByTimer } = options
  const {
    randomBytes = systemRandomBytes,
    metrics = new Registry(),
    log = createLogger({ level: config.logLevel }),
  } = options
  const contracts = [...ownDomains, ...addedDomains]
  const { scopes } = rulesOf(contracts)
  const { database, url } = await openOwnDatabase({ ...options, log }, started)
  createPoolMetrics(metrics, database)

  const expandScopes = createScopeExpansion(scopes)
  const listenUrl = config.database.listenUrl ?? url
  let rules: Pick<Authorization<Context>, 'rowsOf'> | null = null
  const rowsOf: Foundation['rowsOf'] = (coordinate, context) => {
    if (rules === null) throw new Error('There are no rules yet: rows are for resolvers to ask for.')
    return rules.rowsOf(coordinate, context)
  }
  const foundation = {
    db: database.manager,
    listenUrl,
    log,
    metrics,
    now,
    schedule,
    randomBytes,
    scopes,
    expandScopes,
    rowsOf,
  }
  const own = await connectOwnDomains(foundation, config)
  const { recordAudit, revocations } = own
  const platform: Platform = { ...foundation, recordAudit, revocationsSettled: revocations.settled }
  const added = addedDomains.map((domain) => ({ name: domain.name, ...domain.connect(platform) }))
  const domains = [...own.domains.map((domain) => ({ name: 'Fieldgate', ...domain })), ...added]
  /** Once there are rules: they need the domains, and the resolvers of these need them. */
  const followRules = (authorization: Authorization<Context>) => {
    rules = authorization
  }
  return { log, now, schedule, contracts, scopes, database, own, domains, followRules }
}

async function openOwnDatabase(
  { config, domains = [], schema, log, report = () => {} }: OpenOptions & { log: Logger },
  started: Started,
): Promise<{ database: DataSource; url: string }> {
  const url = config.database.url ?? (await startEmbedded())
  const database = await openDatabase({
    url,
    poolSize: config.database.poolSize,
    preparedStatements: config.database.preparedStatements,
    tables: [...ownDomains, ...domains].flatMap(({ tables = [] }) => tables),
    migrations: [...migrations, ...domains.flatMap(({ migrations: own = [] }) => own)],
    onConnectionLost: (error) => log.warn({ err: error }, 'lost a connection to the database'),
  })
  started.push(() => database.destroy())
  if (schema === 'migrate') await migrate(database, { report })
  else await requireMigrated(database)
  return { database, url }

  async function startEmbedded(): Promise<string> {
    const missing = schema === 'migrate' ? 'create' : 'refuse'
    const postgres = await startEmbeddedPostgres({ dataDir: config.database.dataDir, missing, report })
    started.push(postgres.stop)
    return postgres.url
  }
}
