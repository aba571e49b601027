import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compareLocks, printLock } from '../src/authorization/index.js'
import { ownDomains } from '../src/domains.js'
import { rulesOf } from '../src/domains/rules.js'
import { authorizationOf } from '../src/graphql/access.js'

const committed = readFileSync('access.lock.json', 'utf8')
const lock = authorizationOf(ownDomains, rulesOf(ownDomains)).authorization.lock()

test('LOCK-1 no requirement is weaker than the committed lock says', () => {
  const { weaker } = compareLocks(JSON.parse(committed), lock)
  // If it is meant: npm run access:lock, and let the review see the difference.
  expect(weaker).toEqual([])
})

test('LOCK-2 the committed lock is that of the schema', () => {
  expect(committed).toBe(printLock(lock))
})
