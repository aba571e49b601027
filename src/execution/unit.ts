import {
  type GraphQLField,
  type GraphQLObjectType,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql'
import { executeField } from './execute-field.js'
import { createField, type Field } from './field.js'
import { collectFields } from './field-collection.js'
import type { Program } from './program.js'
import { isPromise, type Path, type Run } from './run.js'
import { compileItems, compileObject } from './unit-code.js'

/** The fields of an object, executed: ExecuteSelectionSet (GraphQL 6.3) for one selection set on one object type. */
export type Unit = { readonly execute: ExecuteUnit; readonly executeItems: ExecuteItems }

/** `index` is the position of `source` in the list at `path`, -1 where it is no item. */
export type ExecuteUnit = (run: Run, source: unknown, path: Path | undefined, index: number) => unknown

/** Adds the answers of all items to those of the list. Throws where the list has failed. */
export type ExecuteItems = (run: Run, items: readonly unknown[], path: Path, list: List) => void

/** A list under way: the answers of its items, and what to do about those that are no plain objects, wait or fail. */
export type List = {
  readonly answers: unknown[]
  /** Whether there are promises among them. */
  waits: boolean
  complete(item: unknown, index: number): unknown
  wait(answer: PromiseLike<unknown>, index: number): unknown
  /** null in the place of the item. Throws where it must not be null. */
  fail(error: unknown, index: number): null
}

/** What answers a response key: a field, or the name of the type itself. */
export type Entry = Field | TypeName
type TypeName = { readonly key: string; readonly access: 'typename'; readonly name: string }

type Definition = GraphQLField<unknown, unknown>

/** What a selection set asks of an object type. Keys whose field the type has not are left out, as in graphql-js. */
export function entriesOf(
  program: Program,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): readonly Entry[] {
  const definitions = type.getFields()
  const entries: Entry[] = []
  for (const [key, [first, ...more]] of collectFields(program, type, selectionSets)) {
    if (!first) continue
    const name = first.name.value
    if (name === TypeNameMetaFieldDef.name) {
      entries.push({ key, access: 'typename', name: type.name })
      continue
    }
    const definition: Definition | undefined = definitions[name]
    if (definition) entries.push(createField(program, type, key, [first, ...more], definition))
  }
  return entries
}

/** The unit of the objects of a type behind a field. Each half is made when it is first needed: most need but one. */
export function unitFor({ units, program, nodes }: Field, type: GraphQLObjectType): Unit {
  const known = units.get(type.name)
  if (known) return known
  let entries: readonly Entry[] | null = null
  const read = () => {
    entries ??= entriesOf(
      program,
      type,
      nodes.flatMap(({ selectionSet }) => selectionSet ?? []),
    )
    return entries
  }
  const unit: { -readonly [Half in keyof Unit]: Unit[Half] } = {
    execute(run, source, path, index) {
      unit.execute = unitOf(program, read())
      return unit.execute(run, source, path, index)
    },
    executeItems(run, items, path, list) {
      if (items.length === 0) return
      unit.executeItems = itemsOf(program, read)
      unit.executeItems(run, items, path, list)
    },
  }
  units.set(type.name, unit)
  return unit
}

/** What cannot be read is an error of each item, and said by `execute`. */
function itemsOf(program: Program, read: () => readonly Entry[]): ExecuteItems {
  try {
    read()
  } catch {
    return walkItems
  }
  return getsCode(program, read()) ? compileItems(read()) : walkItems
}

export const unitOf = (program: Program, entries: readonly Entry[]): ExecuteUnit =>
  getsCode(program, entries) ? compileObject(entries) : walkUnit(entries)

/**
 * Wider ones are counted too, and walked: their code takes longer to make than it saves, and past some 60 000 fields it
 * cannot be made.
 */
const widest = 1000

const getsCode = (program: Program, { length }: readonly Entry[]) =>
  program.takeBudget(length) === 'taken' && length <= widest

const executeEntry = (entry: Entry, run: Run, source: unknown, path: Path | undefined, index: number) =>
  entry.access === 'typename' ? entry.name : executeField(entry, run, source, path, index)

type Answers = Record<string, unknown>
const noAnswers = (): Answers => Object.create(null)

/** A unit without code of its own: for those that are not worth it, and where code must not be made. */
function walkUnit(entries: readonly Entry[]): ExecuteUnit {
  return (run, source, path, index) => {
    const answers = noAnswers()
    let waits = false
    try {
      for (const entry of entries) {
        const answer = executeEntry(entry, run, source, path, index)
        if (isPromise(answer)) waits = true
        answers[entry.key] = answer
      }
    } catch (error) {
      if (waits) return abandon(Object.values(answers), error)
      throw error
    }
    return waits ? gather(answers) : answers
  }
}

const walkItems: ExecuteItems = (_run, items, _path, { answers, complete }) => {
  for (const item of items) answers.push(complete(item, answers.length))
}

/** One after another, as the fields of a mutation have to be (GraphQL 6.3.1). */
export function serialUnit(entries: readonly Entry[]): ExecuteUnit {
  return (run, source, path, index) => {
    let answers: Answers | Promise<Answers> = noAnswers()

    function add(to: Answers, entry: Entry): Answers | Promise<Answers> {
      const answer = executeEntry(entry, run, source, path, index)
      const set = (value: unknown) => {
        to[entry.key] = value
        return to
      }
      return isPromise(answer) ? Promise.resolve(answer).then(set) : set(answer)
    }

    for (const entry of entries) {
      answers = answers instanceof Promise ? answers.then((to) => add(to, entry)) : add(answers, entry)
    }
    return answers
  }
}

async function gather(answers: Answers): Promise<Answers> {
  const values = await Promise.all(Object.values(answers))
  const gathered = noAnswers()
  for (const [at, key] of Object.keys(answers).entries()) gathered[key] = values[at]
  return gathered
}

/** What has begun is waited for, until all is there or one fails too; further rejections are nobody's surprise. */
export async function abandon(values: readonly unknown[], error: unknown): Promise<never> {
  await Promise.all(values).catch(() => undefined)
  throw error
}
