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
import { executeField, failField, type Field, settleField } from './field.js'
import { isPlainItem, isPromise, pass } from './run.js'
import { abandon, type Entry, type Unit } from './unit.js'

/** Values that the scalars of the specification serialize as they are, by what serializes them. */
const unchanged = new Map<unknown, string>([
  [GraphQLString.serialize, `typeof value === 'string'`],
  [GraphQLID.serialize, `typeof value === 'string'`],
  [GraphQLBoolean.serialize, `typeof value === 'boolean'`],
  [GraphQLInt.serialize, `typeof value === 'number' && (value | 0) === value`],
  [GraphQLFloat.serialize, `typeof value === 'number' && Number.isFinite(value)`],
])

const literal = (text: string) => JSON.stringify(text)

/** In an object literal, `__proto__` without brackets would be the prototype; with them, every key costs more. */
const propertyName = (key: string) => (key === '__proto__' ? `[${literal(key)}]` : literal(key))

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
  const isOpen = ids.map((id) => `passes[${id}] === ${pass.allow}`).join(' && ') || 'true'
  return `let openFor = null, closedFor = null;
function look(passes) {
  const isOpen = ${isOpen};
  if (isOpen) openFor = passes;
  else closedFor = passes;
  return isOpen;
}`
}

const objectCode = (entries: readonly Entry[], valueOf: (at: number) => string) =>
  `{ ${entries.map(({ key }, at) => `${propertyName(key)}: ${valueOf(at)}`).join(', ')} }`

/** The promise of an object some of whose fields wait. */
const joined = (entries: readonly Entry[], all: string) =>
  `Promise.all(${all}).then((answers) => (${objectCode(entries, (at) => `answers[${at}]`)}))`

/**
 * JavaScript of a unit: one function for an object, and one for the objects of a list, which are too many to ask of each
 * what a caller may pass. All that comes from a document or a schema is written as a string literal.
 */
function codeOf(entries: readonly Entry[]): string {
  const variables = entries.map((_, at) => `v${at}`)
  const all = `[${variables.join(', ')}]`
  const declared = `let ${['value', ...variables].join(', ')}, waits = false;`
  const fields = entries.map(entryCode).join('\n      ')
  const object = objectCode(entries, (at) => `v${at}`)
  return `${gatesCode(entries)}
return {
  execute(run, source, path, index) {
    const from = typeof source === 'object' && source !== null || typeof source === 'function' ? source : nothing;
    ${declared}
    let ${lookAgain}
    try {
      ${fields}
    } catch (error) {
      if (waits) return abandon(${all}, error);
      throw error;
    }
    if (waits) return ${joined(entries, all)};
    return ${object};
  },
  executeItems(run, items, path, list) {
    const { answers } = list;
    let index = 0, ${lookAgain}
    for (const source of items) {
      ${declared}
      let isPlain = false;
      try {
        isPlain = isPlainItem(source);
        if (isPlain) {
          const from = source;
          ${fields}
        }
      } catch (error) {
        answers.push(waits ? list.wait(abandon(${all}, error), index++) : list.fail(error, index++));
        ${lookAgain}
        continue;
      }
      if (isPlain && !waits) answers.push(${object});
      else {
        answers.push(isPlain ? list.wait(${joined(entries, all)}, index) : list.complete(source, index));
        ${lookAgain}
      }
      index++;
    }
  },
}`
}

/** In the place of a source that has no properties. */
const nothing: object = Object.freeze(Object.create(null))

type Factory = (...bound: readonly unknown[]) => Unit

/** A unit as a function of its own: the engine sees one shape of source and one of answer, and no loop. */
export function compileUnit(entries: readonly Entry[]): Unit {
  const bound = { isPromise, isPlainItem, executeField, settleField, failField, abandon, nothing }
  const names = [...Object.keys(bound), ...entries.map((_, at) => `f${at}`)]
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-type-assertion -- see codeOf
  const factory = new Function(...names, codeOf(entries)) as Factory
  return factory(...Object.values(bound), ...entries)
}

/** Whether this process may make code. */
export function mayMakeCode(): boolean {
  try {
    compileUnit([])
    return true
  } catch {
    return false
  }
}
