import { type ClientOptions, createClient } from 'graphql-ws'

type Answer = {
  data?: Readonly<Record<string, unknown>> | null
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

/** What a page does to stay signed in by cookies (docs/ways-in.md, "For front-ends"). `fetch` and the socket: for tests. */
export function createFrontEnd(
  url: string,
  { fetch = globalThis.fetch, ...socket }: { fetch?: typeof globalThis.fetch } & Partial<ClientOptions> = {},
) {
  let refreshing: Promise<boolean> | null = null
  let refreshes = 0
  let isExpired = false

  async function post(query: string, variables: object = {}): Promise<Answer> {
    const answer = await fetch(url, {
      method: 'POST',
      credentials: 'include',
      headers: { 'content-type': 'application/json', 'fieldgate-cookies': 'on' },
      body: JSON.stringify({ query, variables }),
    })
    if (answer.status >= 500) throw new Error(`The server answers ${answer.status}.`)
    return answer.json()
  }

  /** One for all who wait for it. false: nobody is signed in any more. Throws where that is not known: try later. */
  function refresh(): Promise<boolean> {
    refreshing ??= post('mutation { refresh { sessionId } }')
      .then(({ data, errors: [error] = [] }) => {
        if (data?.['refresh']) refreshes += 1
        else if (error?.extensions?.code !== 'INVALID_GRANT') throw new Error(error?.message)
        return Boolean(data?.['refresh'])
      })
      .finally(() => (refreshing = null))
    return refreshing
  }

  /** By the code, since a page without its access cookie is anonymous: what it may not see can be null in a good answer. */
  async function ask(query: string, variables?: object): Promise<Answer> {
    const before = refreshes
    const answer = await post(query, variables)
    if (!answer.errors?.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')) return answer
    const isRefreshed = refreshes > before || (await refresh())
    return isRefreshed ? post(query, variables) : answer
  }

  /** A socket is signed in by the cookies that it is opened with, so they are renewed before it is opened again. */
  const sockets = createClient({
    url: async () => {
      if (isExpired) await refresh().catch(() => false)
      isExpired = false
      return url.replace(/^http/, 'ws')
    },
    retryWait: async (retries) => {
      const seconds = isExpired ? 0 : 2 ** retries + Math.random()
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    },
    on: { closed: (event) => (isExpired = (event as { code: number }).code === 4403) },
    ...socket,
  })

  return { ask, sockets }
}
