import { createFieldgate, createFieldgateOnGraphql } from './contenders/fieldgate.js'
import { createOpen } from './contenders/open.js'
import { queries, type Query } from './people.js'

const { list1000, listMissing } = queries
const paths = new Map<string, readonly [() => ReturnType<typeof createOpen>, Query]>([
  ['open', [createOpen, list1000]],
  ['guarded', [createFieldgateOnGraphql, list1000]],
  ['granted', [createFieldgate, list1000]],
  ['missing', [createFieldgate, listMissing]],
])

const path = paths.get(process.argv[2] ?? '')
if (!path) throw new Error(`Say which path: ${[...paths.keys()].join(', ')}.`)
const [create, query] = path
const run = create().prepare(query)
for (let left = 1500; left > 0; left--) await run()
