import {
  getNullableType,
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isNonNullType,
  isScalarType,
} from 'graphql'
import { answerConstructor } from './answer.js'
import { executeField, failField, settleField } from './execute-field.js'
import type { Field } from './field.js'
import { isPromise, pass } from './run.js'
import { abandon, type Entry, type ExecuteItems, type ExecuteUnit } from './unit.js'

/** Values that the scalars of the specification serialize as they are, by what serializes them. */
const unchanged = new Map<unknown, string>([
  [GraphQLString.serialize, `typeof value === 'string'`],
  [GraphQLID.serialize, `typeof value === 'string'`],
  [GraphQLBoolean.serialize, `typeof value === 'boolean'`],
  [GraphQLInt.serialize, `typeof value === 'number' && (value | 0) === value`],
  [GraphQLFloat.serialize, `typeof value === 'number' && Number.isFinite(value)`],
])

const literal = (text: string) => JSON.stringify(text)

/** Whatever is called, and whatever threw, may have changed what the caller may pass. */
const lookAgain = 'open = run.passes === openFor || run.passes !== closedFor && look(run.passes);'

const wait = (at: number, call: string) => `if (isPromise(v${at} = ${call})) waits = true; ${lookAgain}`
const settled = (at: number) => wait(at, `settleField(f${at}, run, source, value, path, index)`)
const executed = (at: number) => wait(at, `executeField(f${at}, run, source, path, index)`)

/** Reads a property as the default resolver does. What is not plainly an answer is settled by the field. */
function readCode(field: Field, at: number): string {
  const named = getNullableType(field.type)
  const test = isScalarType(named) ? unchanged.get(named.serialize) : undefined
  const cases = [
    ...(test ? [`if (${test}) v${at} = value;`] : []),
    ...(isNonNullType(field.type) ? [] : [`if (value === null || value === undefined) v${at} = null;`]),
    `{ ${settled(at)} }`,
  ]
  return `try { value = from[${literal(field.name)}]; ${cases.join(' else ')} } catch (error) { v${at} = failField(f${at}, run, error, path, index); ${lookAgain} }`
}

function entryCode(entry: Entry, at: number): string {
  if (entry.access === 'typename') return `v${at} = ${literal(entry.name)};`
  if (entry.access === 'call') return executed(at)
  if (!entry.gate) return readCode(entry, at)
  return `if (open || run.passes[${entry.gate.id}] === ${pass.allow}) { ${readCode(entry, at)} } else { ${executed(at)} }`
}

/** Whether all gates of the unit are open: asked once for all objects of a list, as long as the rights are the same. */
function gatesCode(entries: readonly Entry[]): string {
  const ids = entries.flatMap((entry) => (entry.access === 'read' && entry.gate ? [entry.gate.id] : []))
  return `let openFor = null, closedFor = null;
function look(passes) {
  const isOpen = ${ids.map((id) => `passes[${id}] === ${pass.allow}`).join(' && ') || 'true'};
  if (isOpen) openFor = passes;
  else closedFor = passes;
  return isOpen;
}`
}

/** What the code of an object and that of a list have in common. All that comes from a document or a schema is a string literal. */
function partsOf(entries: readonly Entry[]) {
  const variables = entries.map((_, at) => `v${at}`)
  const all = `[${variables.join(', ')}]`
  return {
    /** `open` is not among them: it lasts as long as the function. */
    variables: `let ${['value', ...variables].join(', ')}, waits = false;`,
    /** Reads them from `from`, or has them resolved for `source`: the same, where that is an object. */
    fields: entries.map(entryCode).join('\n      '),
    object: `new Answer(${variables.join(', ')})`,
    /** The promise of the object, where a field waits. */
    joined: `Promise.all(${all}).then((answers) => new Answer(...answers))`,
    abandoned: `abandon(${all}, error)`,
  }
}

function codeOfObject(entries: readonly Entry[]): string {
  const { variables, fields, object, joined, abandoned } = partsOf(entries)
  return `return function execute(run, source, path, index) {
    const from = typeof source === 'object' && source !== null || typeof source === 'function' ? source : nothing;
    ${variables}
    let ${lookAgain}
    try {
      ${fields}
    } catch (error) {
      if (waits) return ${abandoned};
      throw error;
    }
    if (waits) return ${joined};
    return ${object};
  }`
}

/** `isPlainItem`, written out: a function that all lists share sees objects of every shape, and is slow for each of them. */
const isPlainItem =
  "typeof source === 'object' && source !== null && typeof source.then !== 'function' && !(source instanceof Error)"

/** The objects of a list are too many to ask of each of them what the caller may pass, or to call a function for each. */
function codeOfItems(entries: readonly Entry[]): string {
  const { variables, fields, object, joined, abandoned } = partsOf(entries)
  return `return function executeItems(run, items, path, list) {
    const { answers } = list;
    let index = 0, ${lookAgain}
    for (const source of items) {
      ${variables}
      let isPlain = false;
      try {
        isPlain = ${isPlainItem};
        if (isPlain) {
          const from = source;
          ${fields}
        }
      } catch (error) {
        answers.push(waits ? list.wait(${abandoned}, index++) : list.fail(error, index++));
        ${lookAgain}
        continue;
      }
      if (isPlain && !waits) answers.push(${object});
      else {
        answers.push(isPlain ? list.wait(${joined}, index) : list.complete(source, index));
        ${lookAgain}
      }
      index++;
    }
  }`
}

/** In the place of a source that has no properties. */
const nothing: object = Object.freeze(Object.create(null))

let made = 0

/**
 * A function of its own, in which the engine sees one shape of source and one of answer. Numbered: functions of one text share
 * their optimised code, which then can take nothing for constant that is bound here, and takes up to three times as long.
 */
function make(entries: readonly Entry[], code: string): unknown {
  const Answer = answerConstructor(entries.map(({ key }) => key))
  const bound = { isPromise, executeField, settleField, failField, abandon, nothing, Answer }
  const names = [...Object.keys(bound), ...entries.map((_, at) => `f${at}`)]
  // oxlint-disable-next-line typescript/no-implied-eval -- see partsOf
  return new Function(...names, `// ${made++}\n${gatesCode(entries)}\n${code}`)(
    ...Object.values(bound),
    ...entries,
  )
}

export const compileObject = (entries: readonly Entry[]): ExecuteUnit =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the code returns
  make(entries, codeOfObject(entries)) as ExecuteUnit

export const compileItems = (entries: readonly Entry[]): ExecuteItems =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the code returns
  make(entries, codeOfItems(entries)) as ExecuteItems

/** Whether this process may make code. */
export function mayMakeCode(): boolean {
  try {
    compileObject([])
    return true
  } catch {
    return false
  }
}
