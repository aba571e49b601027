import { makeExecutableSchema } from '@graphql-tools/schema'
import { type DocumentNode, parse } from 'graphql'
import { createAuthorization } from '../../src/authorization/index.js'

export type Caller = { readonly id: string; readonly scopes: readonly string[] }
export type Context = { readonly caller: Caller | null }

const fieldsOfType = 10
/** However many fields there are, as a service has them: some scopes for each kind of thing. */
const scopeCount = 1000

export const scopeNames = Array.from({ length: scopeCount }, (_, at) => `things${at}:read`)

/** So many fields in types of ten, each under a scope of its own or one that others have too. */
function typeDefsOf(fields: number): string {
  const types = Array.from({ length: Math.ceil(fields / fieldsOfType) }, (_, at) => at)
  const leaf = (type: number, at: number) =>
    `f${at}: Int @auth(scopes: ["${scopeNames[(type * fieldsOfType + at) % 5]}"])`
  const body = (type: number) => Array.from({ length: fieldsOfType }, (_, at) => leaf(type, at)).join(' ')
  return [
    `type Query @auth { ${types.map((type) => `t${type}: T${type}`).join(' ')} }`,
    ...types.map((type) => `type T${type} @auth { ${body(type)} }`),
  ].join('\n')
}

/** An engine over a schema of so many fields. */
export function protectShape(fields: number) {
  const authorization = createAuthorization<Context>({
    scopes: Object.fromEntries(scopeNames.map((name) => [name, {}])),
    callerOf: ({ caller }) => caller,
  })
  const typeDefs = [authorization.typeDefs, typeDefsOf(fields)]
  const schema = authorization.protect(makeExecutableSchema({ typeDefs }))
  return { authorization, schema }
}

/** A document of so many fields, which every schema of at least as many has. */
export function documentOf(fields: number): DocumentNode {
  const types = Array.from({ length: Math.ceil(fields / fieldsOfType) }, (_, at) => at)
  const body = Array.from({ length: fieldsOfType }, (_, at) => `f${at}`).join(' ')
  return parse(`{ ${types.map((type) => `t${type} { ${body} }`).join(' ')} }`, { noLocation: true })
}

export const callerWith = (scopes: number): Caller => ({ id: '1', scopes: scopeNames.slice(0, scopes) })
