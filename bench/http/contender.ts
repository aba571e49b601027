import type { Person } from '../people.js'
import type { PeopleStore } from './people-store.js'

/** What a server is made with, in a process of its own. */
export type Given = {
  readonly databaseUrl: string
  readonly store: PeopleStore
  readonly callers: readonly Person[]
  /** Signs and verifies the tokens of those that bring no keys of their own. */
  readonly secret: string
}

export type Served = {
  readonly url: string
  /** One for each caller, for all scopes. */
  readonly tokens: readonly string[]
  readonly stop: () => Promise<unknown>
}

export type Serve = (given: Given) => Promise<Served>

/** Each in a module of its own, loaded only where it is served. */
const loaders = {
  apollo: async () => (await import('./contenders/apollo.js')).serveApollo,
  'apollo-fastify': async () => (await import('./contenders/apollo-fastify.js')).serveApolloFastify,
  tutorial: async () => (await import('./contenders/tutorial.js')).serveTutorial,
  yoga: async () => (await import('./contenders/yoga.js')).serveYoga,
  mercurius: async () => (await import('./contenders/mercurius.js')).serveMercurius,
  'mercurius-auth': async () => (await import('./contenders/mercurius-auth.js')).serveMercuriusAuth,
  fieldgate: async () => (await import('./contenders/fieldgate.js')).serveFieldgate,
  'fieldgate-quiet': async () => (await import('./contenders/fieldgate.js')).serveQuietFieldgate,
} satisfies Record<string, () => Promise<Serve>>

export type ContenderName = keyof typeof loaders

export const titles: Readonly<Record<ContenderName, string>> = {
  apollo: 'Apollo Server, no authorization',
  'apollo-fastify': 'Apollo on Fastify, no authorization',
  tutorial: 'Apollo Server as tutorials write it',
  yoga: 'Yoga, JWT plugin, generic-auth',
  mercurius: 'Mercurius JIT, no authorization',
  'mercurius-auth': 'Mercurius JIT, mercurius-auth',
  fieldgate: 'Fieldgate',
  'fieldgate-quiet': 'Fieldgate, logging warnings only',
}

export const isContender = (name: string): name is ContenderName => Object.hasOwn(loaders, name)

export const loadContender = (name: ContenderName): Promise<Serve> => loaders[name]()
