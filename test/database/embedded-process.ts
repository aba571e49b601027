/** Started as a process of its own: holds an embedded Postgres in the given directory until its input ends. */
import { once } from 'node:events'
import { startEmbeddedPostgres } from '../../src/database/embedded.js'

// Ctrl-C reaches the whole process group; this process means to go on, and so must its database.
process.on('SIGINT', () => console.log('interrupted'))

try {
  const server = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', report: console.log })
  console.log(`ready ${server.pid} ${server.url}`)
  await once(process.stdin.resume(), 'end')
  await server.stop()
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
