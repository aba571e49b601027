/** Makes an answer of the values of its keys, in their order. */
type AnswerConstructor = new (...values: unknown[]) => object

const constructors = new Map<string, AnswerConstructor>()
const mostConstructors = 1000

/**
 * Answers are plain objects. By a constructor, since V8 comes to put the objects of a literal into the old generation once many
 * of them have outlived a collection, where each costs ten times as much.
 */
export function answerConstructor(keys: readonly string[]): AnswerConstructor {
  // Not joined: only a validated document has names for keys.
  const id = JSON.stringify(keys)
  const known = constructors.get(id)
  if (known) return known
  if (constructors.size >= mostConstructors) constructors.clear()
  const made = compile(keys)
  constructors.set(id, made)
  return made
}

function compile(keys: readonly string[]): AnswerConstructor {
  const values = keys.map((_, at) => `v${at}`)
  const assignments = keys.map((key, at) => {
    const name = JSON.stringify(key)
    // What `Object.prototype` has now could not be assigned where that is frozen, or would be called: `__proto__`.
    return key in Object.prototype ? `define(this, ${name}, v${at});` : `this[${name}] = v${at};`
  })
  const code = `'use strict'; return function Answer(${values.join(', ')}) { ${assignments.join(' ')} }`
  // oxlint-disable-next-line typescript/no-implied-eval, typescript/no-unsafe-type-assertion -- keys are string literals in it
  const made = new Function('define', code)(define) as AnswerConstructor
  made.prototype = Object.prototype
  return made
}

const define = (answer: object, key: string, value: unknown) =>
  Object.defineProperty(answer, key, { value, enumerable: true, writable: true, configurable: true })
