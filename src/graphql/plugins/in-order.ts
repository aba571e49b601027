import type {
  ApolloServerPlugin,
  GraphQLRequestContext,
  GraphQLRequestListener,
  GraphQLResponse,
} from '@apollo/server'
import type { Context } from '../context.js'

/** A hook of Apollo Server that need not be a promise: one that waits for nothing is waited for by nobody. */
type Hook<Original> = Original extends (...args: infer Args) => Promise<infer Answer>
  ? (...args: Args) => Answer | Promise<Answer>
  : never
type Hooks<Original> = { [Name in keyof Original]: Hook<NonNullable<Original[Name]>> }

type Listener = Hooks<GraphQLRequestListener<Context>>
type ValidationEnded = Awaited<ReturnType<NonNullable<Listener['validationDidStart']>>>

/** A plugin of Apollo Server, with hooks that may be synchronous. */
export type OrderedPlugin = Hooks<Omit<ApolloServerPlugin<Context>, 'requestDidStart'>> & {
  requestDidStart?: (request: GraphQLRequestContext<Context>) => Listener | void | Promise<Listener | void>
}

const pluginHooks = ['serverWillStart', 'unexpectedErrorProcessingRequest', 'requestDidStart']
const serverHooks: string[] = []
const requestHooks = [
  'validationDidStart',
  'didResolveOperation',
  'responseForOperation',
  'didEncounterErrors',
  'willSendResponse',
]

/** What is not handed on would be lost in silence. */
function requireKnown(hooks: object, known: readonly string[]): void {
  const unknown = Object.keys(hooks).find((hook) => !known.includes(hook))
  if (unknown !== undefined) throw new Error(`Plugins in order do not hand on the hook "${unknown}".`)
}

/**
 * Several plugins as one, asked one after another. Apollo Server asks each plugin for each hook, whether it has it or not,
 * and each question is a promise or two of every request.
 * @throws Error for a plugin with a hook that is not handed on; for those of a server or a request, when it starts
 */
export function inOrder(plugins: readonly OrderedPlugin[]): ApolloServerPlugin<Context> {
  for (const plugin of plugins) requireKnown(plugin, pluginHooks)
  const known = new WeakSet<OrderedPlugin>()

  return {
    async serverWillStart(service) {
      for (const plugin of plugins) requireKnown((await plugin.serverWillStart?.(service)) ?? {}, serverHooks)
    },
    async unexpectedErrorProcessingRequest(failure) {
      for (const plugin of plugins) await plugin.unexpectedErrorProcessingRequest?.(failure)
    },
    async requestDidStart(request) {
      const listeners: Listener[] = []
      for (const plugin of plugins) {
        const listener = await plugin.requestDidStart?.(request)
        if (!listener) continue
        if (!known.has(plugin)) requireKnown(listener, requestHooks)
        known.add(plugin)
        listeners.push(listener)
      }
      return listenInOrder(listeners)
    },
  }
}

function listenInOrder(listeners: readonly Listener[]): GraphQLRequestListener<Context> {
  return {
    async validationDidStart(request) {
      const ended: ValidationEnded[] = []
      for (const listener of listeners) ended.push(await listener.validationDidStart?.(request))
      // All at once: Apollo Server does not wait for them.
      return async (errors) => ended.toReversed().forEach((end) => void end?.(errors))
    },
    async didResolveOperation(request) {
      for (const listener of listeners) {
        const step = listener.didResolveOperation?.(request)
        if (step) await step
      }
    },
    async responseForOperation(request): Promise<GraphQLResponse | null> {
      for (const listener of listeners) {
        const answer = listener.responseForOperation?.(request)
        const response = answer && (await answer)
        if (response) return response
      }
      return null
    },
    async didEncounterErrors(request) {
      for (const listener of listeners) {
        const step = listener.didEncounterErrors?.(request)
        if (step) await step
      }
    },
    async willSendResponse(request) {
      for (const listener of listeners) {
        const step = listener.willSendResponse?.(request)
        if (step) await step
      }
    },
  }
}
