import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

// bcrypt reads 72 bytes and a terminating NUL: what is longer, or contains NUL, would equal something shorter.
const maximumBytes = 72

// CommonJS source, so that it runs alike from TypeScript, from the build and inside a test runner.
const source = `
const { parentPort, workerData } = require('node:worker_threads')
const bcrypt = require(workerData.library)
parentPort.postMessage(bcrypt.compareSync(workerData.password, workerData.hash))
`
const library = createRequire(import.meta.url).resolve('bcryptjs')

/**
 * Compares a password with a bcrypt hash from elsewhere. The library is plain JavaScript and takes a core for up to
 * seconds, so it runs in a worker thread of its own and the event loop stays free; each imported user needs it once.
 */
export async function verifyBcrypt(password: string, hash: string): Promise<'match' | 'mismatch'> {
  const equal = await compareInWorker(password, hash)
  const readable = Buffer.byteLength(password) <= maximumBytes && !password.includes('\0')
  return equal && readable ? 'match' : 'mismatch'
}

function compareInWorker(password: string, hash: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, { eval: true, execArgv: [], workerData: { library, password, hash } })
    worker.once('message', (equal: unknown) => resolve(equal === true))
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('The bcrypt worker ended without an answer')))
  })
}
