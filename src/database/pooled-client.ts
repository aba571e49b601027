import type { Writable } from 'node:stream'
import { Client, type ClientConfig, type QueryResult } from 'pg'
import { beginLate } from './late-begin.js'
import { prepareRepeated } from './prepared-statements.js'
import { answerInOrder, type Send } from './statement.js'

export type PooledClientOptions = {
  preparedStatements: 'on' | 'off'
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  onConnectionLost: (error: Error) => void
}

type Query = (...given: unknown[]) => Promise<QueryResult>

/** The class of the pool's connections: they send together what need not wait, and prepare what comes again. */
export function pooledClient({ preparedStatements, onConnectionLost }: PooledClientOptions): typeof Client {
  return class PooledClient extends Client {
    constructor(config?: string | ClientConfig) {
      super(config)
      // While a connection is handed from the pool to who asked for it, nobody listens for its errors, and one that comes
      // then (a server that shuts down greets and ends it in one breath) would end the process. The pool listens while it
      // is idle, and who has it while it is used.
      this.on('error', (error) => {
        if (this.listenerCount('error') === 1) onConnectionLost(error)
      })

      const sendTogether = createCork(() => this.connection.stream) // another one once there is TLS
      const query: Query = (...given) => {
        sendTogether()
        return (super.query as Query).apply(this, given)
      }
      // By a callback: with the promise that `query` would make, V8 keeps all rows until it next collects everything.
      const sendOne: Send = (statement) =>
        new Promise((resolve, reject) => {
          void query(statement, (error: Error | null, result: QueryResult) =>
            error ? reject(error) : resolve(result),
          )
        })
      const transactions = beginLate(
        preparedStatements === 'on' ? prepareRepeated(sendOne) : sendOne,
        () => void this.end(),
      )
      const send = answerInOrder(transactions.send)
      // TypeORM gives a text and values. What comes in any other form is sent as it is.
      this.query = (...given: unknown[]) => {
        const [text, values = []] = given
        if (typeof text === 'string' && Array.isArray(values) && given.length <= 2) {
          return send(values.length > 0 ? { text, values } : { text })
        }
        transactions.beginNow()
        return query(...given)
      }
    }
  }
}

/** What is written in one turn of the event loop leaves in one system call. */
function createCork(currentStream: () => Writable): () => void {
  let corked: Writable | null = null
  const uncork = () => {
    corked?.uncork()
    corked = null
  }
  return () => {
    if (corked !== null) return
    corked = currentStream()
    corked.cork()
    process.nextTick(uncork)
  }
}
