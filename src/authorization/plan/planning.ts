import { type DocumentNode, GraphQLError, type GraphQLSchema, validate as validateDocument } from 'graphql'
import { badCredentialOf, type Credential } from '../caller.js'
import type { Compiled, Engine } from '../engine.js'
import type { Mode, Plan } from './plan.js'
import type { PlanTemplate } from './plan-template.js'
import { challengeOf, refusalError } from '../refusal.js'
import type { Rule } from '../requirement.js'
import type { Templates } from './templates.js'
import type { Views } from '../views/views.js'

export type Refusing = {
  readonly errors: readonly GraphQLError[]
  readonly status: 400 | 401 | 403
  /** The value of the WWW-Authenticate header. */
  readonly challenge: string
}

/** Rules as they hold in one schema, with all that was compiled from it. */
export type Protected = Compiled & {
  readonly schema: GraphQLSchema
  readonly templates: Templates
  readonly viewFor: Views
  /** By coordinate; null where it is public. */
  readonly rulesAt: ReadonlyMap<string, Rule | null>
}

export type Variables = Readonly<Record<string, unknown>> | null | undefined

const nothingToRefuse: Plan = {
  verdict: 'allow',
  status: 200,
  refusals: [],
  introspects: 'no',
  decisions: [],
}

/** What is decided of a whole operation before the first of its resolvers runs. */
export function createPlanning<Context>(engine: Engine<Context>, requireProtected: () => Protected) {
  /**
   * Decides an operation before it runs, without its policies. `variables` are those of the request, before coercion;
   * `requestMode` is that of the engine unless said otherwise. An operation that is not in the document has nothing to
   * refuse: executing it fails by itself.
   */
  function plan(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    caller: Credential,
    requestMode: Mode = engine.options.mode,
  ): Plan {
    const template = requireProtected().templates.ofDocument(document, operationName)
    return template ? planTemplate(template, variables, caller, requestMode) : nothingToRefuse
  }

  function planTemplate(
    template: PlanTemplate,
    variables: Variables,
    caller: Credential,
    requestMode: Mode,
  ): Plan {
    const definitions = template.operation.variableDefinitions ?? []
    const source = { form: 'raw', values: variables ?? {}, definitions } as const
    return engine.plan(requireProtected(), template, source, caller, requestMode)
  }

  /** The answer to an operation that is refused whole; null when it runs. */
  function refuse(decided: Plan, caller: Credential): Refusing | null {
    const { status } = decided
    if (status === 200) return null
    const challenge = challengeOf(decided, badCredentialOf(caller), engine.options)
    const errors = decided.refusals.map((refusal) => refusalError(refusal, engine.options))
    return { errors, status, challenge }
  }

  /** Decides the operation of a request by its context, and lets the guards know what the request itself sent. */
  function planRequest(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Variables,
    context: Context,
  ): { readonly plan: Plan; readonly refusing: Refusing | null } {
    const template = requireProtected().templates.ofDocument(document, operationName)
    if (!template) return { plan: nothingToRefuse, refusing: null }
    const caller = engine.credentialOf(context)
    const decided = planTemplate(template, variables, caller, engine.modeFor(context))
    // What the guards could be misled about: defaults that the SDL gives to what the request left out.
    if (template.readsVariables === 'always')
      engine.executions.remember(context, template.operation, variables)
    return { plan: decided, refusing: refuse(decided, caller) }
  }

  /** The schema as this caller may see it: with `filtered` introspection only what it may use, else all of it. */
  function schemaFor(caller: Credential): GraphQLSchema {
    const { schema, viewFor } = requireProtected()
    return engine.options.introspection === 'filtered' ? viewFor(engine.verdictsFor(caller)) : schema
  }

  /**
   * Validates a document. With `filtered` introspection the errors are those of the schema that the caller may see, so
   * that neither messages nor suggestions name the rest; what is wrong with the rest alone is one error that names nothing.
   */
  function validate(document: DocumentNode, caller: Credential): readonly GraphQLError[] {
    const errors = validateDocument(requireProtected().schema, document)
    if (errors.length === 0 || engine.options.introspection !== 'filtered') return errors
    const seen = validateDocument(schemaFor(caller), document)
    return seen.length > 0 ? seen : [new GraphQLError('This is no operation of the schema that you may see.')]
  }

  return { plan, refuse, planRequest, schemaFor, validate }
}
