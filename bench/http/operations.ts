import { callers, people } from './population.js'

export type Operation = {
  readonly name: string
  readonly title: string
  /** One for each caller, at most. */
  readonly connections: number
  /** What one connection sends, over and over. */
  bodyOf(connection: number): string
  /** `data` of the answer to it. */
  dataOf(connection: number): unknown
}

const six = 'id name city email phone salary'

function list(count: number): Operation {
  const query = `query People($first: Int!) { people(first: $first) { ${six} } }`
  const body = JSON.stringify({ query, variables: { first: count } })
  return {
    name: `list${count}`,
    title: `list of ${count}`,
    connections: 20,
    bodyOf: () => body,
    dataOf: () => ({ people: people.slice(0, count) }),
  }
}

const me: Operation = {
  name: 'me',
  title: 'me',
  connections: 50,
  bodyOf: () => JSON.stringify({ query: 'query Me { me { id name email } }' }),
  dataOf: (connection) => {
    const { id, name, email } = callers[connection] ?? {}
    return { me: { id, name, email } }
  },
}

/** Each connection has a row of its own, and leaves the name as it was. */
const rename: Operation = {
  name: 'rename',
  title: 'rename',
  connections: 50,
  bodyOf: (connection) =>
    JSON.stringify({
      query: `mutation Rename($id: ID!, $name: String!) { rename(id: $id, name: $name) { ${six} } }`,
      variables: { id: people[connection]?.id, name: people[connection]?.name },
    }),
  dataOf: (connection) => ({ rename: people[connection] }),
}

export const operations: readonly Operation[] = [me, list(100), list(1000), rename]
