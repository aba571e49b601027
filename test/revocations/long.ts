import { defaultTiming } from '../../src/revocations/revocation.js'
import { startFleet } from './fleet.js'
import { percentile } from './load.js'
import {
  revokeAfterOneWasKilled,
  revokeAroundARestart,
  revokeInSql,
  revokeUnderLoad,
  revokeWhileConnectionsAreClosed,
  revokeWhileOneIsCutOff,
  revokeWhileOneSleeps,
  revokeWhilePostgresHangs,
  summary,
} from './scenarios.js'

// The scenarios of replicas.test.ts at the timing of production: `npx tsx test/revocations/long.ts [revocations]`.
const revocations = Number(process.argv[2] ?? 500)
const fleet = await startFleet({ size: 3, timing: defaultTiming })
const options = { fleet, timing: defaultTiming, revocations, faultMs: 5000 + defaultTiming.leaseMs }

const scenarios = {
  'no fault': () => revokeUnderLoad(options),
  'connections closed': () => revokeWhileConnectionsAreClosed(options),
  'one replica cut off': () => revokeWhileOneIsCutOff(options),
  'Postgres hangs': () => revokeWhilePostgresHangs({ ...options, revocations: 9 }),
  'Postgres restarts': () => revokeAroundARestart(options),
  'one replica sleeps': () => revokeWhileOneSleeps({ ...options, revocations: 50 }),
  'one replica killed': () => revokeAfterOneWasKilled(options),
}

try {
  let broken = 0
  for (const [name, run] of Object.entries(scenarios)) {
    const report = await run()
    console.log(summary(name, report))
    broken += report.acceptedAfterwards + report.wronglyRevoked
  }
  const latencies = await revokeInSql(options)
  console.log(
    `changed in SQL: refused by all after p50 ${percentile(latencies, 50).toFixed(1)} ms, p99 ${percentile(latencies, 99).toFixed(1)} ms`,
  )
  process.exitCode = broken === 0 ? 0 : 1
} finally {
  await fleet.stop()
}
