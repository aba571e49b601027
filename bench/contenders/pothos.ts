import SchemaBuilder from '@pothos/core'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import { execute } from 'graphql'
import { type Contender, onExecute } from '../contender.js'
import { type Context, guardedFields, type Person, readScope, resolvers, type Team } from '../people.js'

type Types = { Context: Context; AuthScopes: { scope: string } }

function buildSchema() {
  const builder = new SchemaBuilder<Types>({
    plugins: [ScopeAuthPlugin],
    scopeAuth: {
      authScopes: ({ caller }) => ({ scope: (name) => caller?.scopes.has(name) ?? false }),
    },
  })
  const person = builder.objectRef<Person>('Person').implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      name: t.exposeString('name', { nullable: true }),
      city: t.exposeString('city', { nullable: true }),
      email: t.exposeString('email', { nullable: true, authScopes: { scope: guardedFields.email } }),
      phone: t.exposeString('phone', { nullable: true, authScopes: { scope: guardedFields.phone } }),
      salary: t.exposeInt('salary', { nullable: true, authScopes: { scope: guardedFields.salary } }),
    }),
  })
  const team = builder.objectRef<Team>('Team').implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      name: t.exposeString('name', { nullable: true }),
      members: t.field({ type: [person], nullable: true, resolve: ({ members }) => members }),
    }),
  })
  const authScopes = { scope: readScope }
  builder.queryType({
    fields: (t) => ({
      person: t.field({
        type: person,
        nullable: true,
        authScopes,
        args: { id: t.arg.id({ required: true }) },
        resolve: (root, { id }) => resolvers.Query.person(root, { id: String(id) }),
      }),
      people: t.field({
        type: [person],
        nullable: true,
        authScopes,
        args: { first: t.arg.int({ required: true }) },
        resolve: (root, args) => resolvers.Query.people(root, args),
      }),
      teams: t.field({ type: [team], nullable: true, authScopes, resolve: () => resolvers.Query.teams() }),
    }),
  })
  return builder.toSchema()
}

export function createPothos(): Contender {
  const schema = buildSchema()
  return {
    name: 'Pothos scope-auth',
    prepare: onExecute(execute, schema),
  }
}
