import { runCommandLine } from 'fieldgate/command-line'
import { notes } from './domain.js'

/**
 * The whole server with this domain, and its commands: `npx tsx main.ts`, or with `keys list` behind. In this checkout, after
 * `npm run build` and with a database of its own: `DATA_DIR=.data-notes npx tsx examples/own-domain/main.ts`.
 */
await runCommandLine(process.argv.slice(2), { domains: [notes] })
