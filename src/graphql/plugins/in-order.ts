import type { ApolloServerPlugin, GraphQLRequestListener, GraphQLResponse } from '@apollo/server'
import type { Context } from '../context.js'

type Plugin = ApolloServerPlugin<Context>
type Listener = GraphQLRequestListener<Context>
type ValidationEnded = Awaited<ReturnType<NonNullable<Listener['validationDidStart']>>>

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
export function inOrder(plugins: readonly Plugin[]): Plugin {
  for (const plugin of plugins) requireKnown(plugin, pluginHooks)
  const known = new WeakSet<Plugin>()

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

function listenInOrder(listeners: readonly Listener[]): Listener {
  return {
    async validationDidStart(request) {
      const ended: ValidationEnded[] = []
      for (const listener of listeners) ended.push(await listener.validationDidStart?.(request))
      // All at once: Apollo Server does not wait for them.
      return async (errors) => ended.toReversed().forEach((end) => void end?.(errors))
    },
    async didResolveOperation(request) {
      for (const listener of listeners) {
        if (listener.didResolveOperation) await listener.didResolveOperation(request)
      }
    },
    async responseForOperation(request): Promise<GraphQLResponse | null> {
      for (const listener of listeners) {
        const response = listener.responseForOperation && (await listener.responseForOperation(request))
        if (response) return response
      }
      return null
    },
    async didEncounterErrors(request) {
      for (const listener of listeners) {
        if (listener.didEncounterErrors) await listener.didEncounterErrors(request)
      }
    },
    async willSendResponse(request) {
      for (const listener of listeners) {
        if (listener.willSendResponse) await listener.willSendResponse(request)
      }
    },
  }
}
