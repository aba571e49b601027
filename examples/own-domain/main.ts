import { runCommandLine } from 'fieldgate/command-line'
import { notes } from './domain.js'

/**
 * The whole server with this domain, and its commands: `npx tsx examples/own-domain/main.ts`, or with `keys list` behind.
 * In this checkout after `npm run build`; an application of its own has the package in its `node_modules`.
 */
await runCommandLine(process.argv.slice(2), { domains: [notes] })
