/** Started as a process of its own: what somebody's test does who has no global set-up. */
import { createTestDatabase } from '../../src/testing/database.js'

const { url } = await createTestDatabase()
console.log(`ready ${url}`)
// Until its input ends, or it is killed.
for await (const line of process.stdin) if (String(line).startsWith('throw')) throw new Error('as asked')
