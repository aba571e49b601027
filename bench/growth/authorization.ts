import { lapsOf } from './laps.js'
import type { Series } from './series.js'
import { callerWith, documentOf, protectShape } from './shape.js'

const schemaSizes = [100, 1000, 10_000]
const documentSizes = [10, 100, 1000]
const scopeCounts = [5, 10, 100, 1000]

type Authorization = ReturnType<typeof protectShape>['authorization']
type Asked = { authorization: Authorization; fields: number; scopes: number }

/** What every request pays: a document and a caller that were seen before. */
function knownPlan({ authorization, fields, scopes }: Asked) {
  const [document, caller] = [documentOf(fields), callerWith(scopes)]
  if (authorization.plan(document, null, null, caller).verdict !== 'allow') throw new Error('It was refused.')
  return (times: number) => {
    for (let left = times; left > 0; left--) authorization.plan(document, null, null, caller)
  }
}

/** What each new access token pays once. */
function newCaller({ authorization, fields, scopes }: Asked) {
  const document = documentOf(fields)
  const { id, scopes: names } = callerWith(scopes)
  return (times: number) => {
    for (let left = times; left > 0; left--) {
      authorization.plan(document, null, null, { id, scopes: names.slice() })
    }
  }
}

/** What each new document pays once; it is parsed beforehand. */
function newDocument({ authorization, fields, scopes }: Asked) {
  const caller = callerWith(scopes)
  const { definitions, ...document } = documentOf(fields)
  const [operation] = definitions
  if (operation?.kind !== 'OperationDefinition') throw new Error('It is an operation.')
  return (times: number) => {
    for (let left = times; left > 0; left--) {
      const copy = { ...document, definitions: [{ ...operation }] }
      authorization.plan(copy, null, null, caller)
    }
  }
}

/** What authorization costs in process, against all that can grow. */
export async function growthOfAuthorization(rounds: number): Promise<readonly Series[]> {
  const shapes = schemaSizes.map((size) => ({ size, ...protectShape(size) }))
  const largest = shapes.at(-1)
  if (largest === undefined) throw new Error('There are sizes.')
  const { authorization } = largest
  const unit = 'us of CPU'
  return [
    {
      dimension: 'fields of the schema',
      subject: 'a known document of 10 fields',
      unit,
      expected: 'flat',
      points: await lapsOf(
        shapes.map((one) => ({ size: one.size, run: knownPlan({ ...one, fields: 10, scopes: 5 }) })),
        rounds,
      ),
    },
    {
      dimension: 'fields of the schema',
      subject: 'a new document of 10 fields',
      unit,
      expected: 'flat',
      points: await lapsOf(
        shapes.map((one) => ({ size: one.size, run: newDocument({ ...one, fields: 10, scopes: 5 }) })),
        rounds,
      ),
    },
    {
      dimension: 'fields of the document',
      subject: 'a known document',
      unit,
      expected: 'flat',
      points: await lapsOf(
        documentSizes.map((size) => ({ size, run: knownPlan({ authorization, fields: size, scopes: 5 }) })),
        rounds,
      ),
    },
    {
      dimension: 'fields of the document',
      subject: 'a new document',
      unit,
      expected: 'linear',
      points: await lapsOf(
        documentSizes.map((size) => ({ size, run: newDocument({ authorization, fields: size, scopes: 5 }) })),
        rounds,
      ),
    },
    {
      dimension: 'scopes of the caller',
      subject: 'a known caller',
      unit,
      expected: 'flat',
      points: await lapsOf(
        scopeCounts.map((size) => ({ size, run: knownPlan({ authorization, fields: 10, scopes: size }) })),
        rounds,
      ),
    },
    {
      dimension: 'scopes of the caller',
      subject: 'a new caller',
      unit,
      expected: 'linear',
      points: await lapsOf(
        scopeCounts.map((size) => ({ size, run: newCaller({ authorization, fields: 10, scopes: size }) })),
        rounds,
      ),
    },
  ]
}
