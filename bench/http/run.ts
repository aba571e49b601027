import { readOptions } from './options.js'
import { compareServers } from './comparison.js'
import { onStage } from './stage.js'

const { contenders, operations, effort } = readOptions(process.argv.slice(2))
const comparisons = await onStage(contenders, async (servers, loader) => {
  const done = []
  for (const operation of operations) {
    done.push(await compareServers(loader, servers, operation, effort))
  }
  return done
})
for (const { operation, servers } of comparisons) {
  console.log(operation)
  for (const s of servers)
    console.log(
      ' ',
      s.contender,
      s.requestsPerSecond.median.toFixed(0),
      s.ratio.median.toFixed(2),
      s.microseconds.median.toFixed(0),
      s.p99.median,
    )
}
