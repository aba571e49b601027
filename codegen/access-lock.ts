import { readFileSync, writeFileSync } from 'node:fs'
import { compareLocks, type LockChange, printLock } from '../src/authorization/index.js'
import { ownDomains } from '../src/domains.js'
import { rulesOf } from '../src/domains/rules.js'
import { authorizationOf } from '../src/graphql/access.js'

/** Writes access.lock.json, on purpose: `npm run access:lock`. Says what is weaker than before, for the review. */

const file = 'access.lock.json'
const lock = authorizationOf(ownDomains, rulesOf(ownDomains)).authorization.lock()

function print(heading: string, changes: readonly LockChange[]): void {
  if (changes.length === 0) return
  console.log(`${heading}:`)
  for (const { coordinate, before, after } of changes) {
    console.log(`  ${coordinate}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`)
  }
}

const { weaker, stronger, added, removed } = compareLocks(JSON.parse(readFileSync(file, 'utf8')), lock)
print('WEAKER', weaker)
print('stronger', stronger)
print('added', added)
print('removed', removed)
writeFileSync(file, printLock(lock))
