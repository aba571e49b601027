import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createExecutors } from 'fieldgate/authorization'
import { createYoga, type Plugin } from 'graphql-yoga'
import { authorization, type Context, callerFrom, schema } from '../schema.js'

const executors = createExecutors(authorization)

/** GraphQL Yoga runs operations with whatever functions a plugin gives it: here, behind the plan. */
const fieldgate: Plugin<Context> = {
  onExecute: ({ args, setExecuteFn }) => setExecuteFn(() => executors.execute(args)),
  onSubscribe: ({ args, setSubscribeFn }) => setSubscribeFn(() => executors.subscribe(args)),
}

export async function start(port: number) {
  const yoga = createYoga<object, Context>({
    schema,
    plugins: [fieldgate],
    logging: false,
    context: ({ request }) => ({ caller: callerFrom(request.headers.get('authorization')) }),
  })
  const server = createServer((request, response) => void yoga(request, response))
  await new Promise<void>((resolve) => server.listen(port, resolve))
  const address = server.address() as AddressInfo
  return {
    url: `http://localhost:${address.port}/graphql`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}
