import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import { collectTests, getFn, getHooks } from '@vitest/runner'
import fc from 'fast-check'
import { register } from 'tsx/esm/api'

/*
 * The engine's tests in one process, read once. A mutant costs the tests that meet it, up to the first that fails:
 * twenty milliseconds, where a worker for each file and mutant costs seconds.
 */

/** The laws with few runs, always the same ones: a mutant is killed today and tomorrow. */
const lawRuns = '5'

/** Needs Postgres, or Apollo Server once more for each trap: no more of the engine is met by it. */
const isLeftOut = (name) => name.includes('[Apollo')
const isLeftOutFile = (name) => name.endsWith('traps/http.test.ts')

/** Where mutated code asks which mutant is on, and counts what it meets. */
const mutation = (globalThis.__stryker__ ??= {})

/** What `expect` and `vi` ask of the worker in which they usually run. */
const worker = (globalThis.__vitest_worker__ = {
  config: { expect: {}, snapshotOptions: {}, fakeTimers: { toFake: ['setTimeout', 'clearTimeout', 'Date'] } },
  environment: { name: 'node' },
  current: undefined,
})

const collecting = {
  config: {
    root: process.cwd(),
    setupFiles: [],
    sequence: { hooks: 'stack', setupFiles: 'list', concurrent: false },
    testTimeout: 0,
    hookTimeout: 0,
    retry: 0,
    tags: [],
    tagsFilter: [],
  },
  importFile: (file) => import(pathToFileURL(file).href),
}

const suitesOf = ({ suite, file }) => (suite && suite !== file ? [...suitesOf(suite), suite] : [file])
const testsIn = (task) => (task.type === 'test' ? [task] : task.tasks.flatMap(testsIn))
const nameOf = (task) => [...suitesOf(task).slice(1), task].map(({ name }) => name).join(' ')

async function testFiles() {
  const folder = path.resolve('test/authorization')
  const names = await readdir(folder, { recursive: true })
  const found = names.filter((name) => name.endsWith('.test.ts') && !isLeftOutFile(name))
  // The laws last: they take longest.
  return found
    .toSorted((a, b) => a.includes('laws') - b.includes('laws') || a.localeCompare(b))
    .map((name) => path.join(folder, name))
}

async function readTests() {
  register()
  fc.configureGlobal({ seed: 1, endOnFailure: true })
  process.env.FAST_CHECK_RUNS ??= lawRuns
  const files = await collectTests(
    (await testFiles()).map((filepath) => ({ filepath })),
    collecting,
  )
  for (const { result } of files) for (const error of result?.errors ?? []) throw error
  return files
    .flatMap(testsIn)
    .filter((task) => task.mode === 'run' && !isLeftOut(nameOf(task)))
    .map((task, at) => ({ id: String(at), name: nameOf(task), fileName: task.file.filepath, task }))
}

async function callHooks(task, kind) {
  const suites = kind === 'beforeEach' ? suitesOf(task) : suitesOf(task).toReversed()
  for (const suite of suites) for (const hook of getHooks(suite)[kind]) await hook(task.context, task)
}

async function call(task) {
  await callHooks(task, 'beforeEach')
  try {
    await getFn(task)()
  } finally {
    await callHooks(task, 'afterEach')
  }
}

async function run({ task, ...test }) {
  const started = performance.now()
  mutation.currentTestId = test.id
  worker.current = task
  try {
    await call(task)
    return { ...test, status: TestStatus.Success, timeSpentMs: performance.now() - started }
  } catch (error) {
    const failureMessage = String(error)
    return { ...test, status: TestStatus.Failed, failureMessage, timeSpentMs: performance.now() - started }
  } finally {
    mutation.currentTestId = undefined
    worker.current = undefined
  }
}

function createRunner() {
  let tests = []

  async function runUntilFailure(wanted) {
    const results = []
    for (const test of tests) {
      if (!wanted.has(test.id)) continue
      const result = await run(test)
      results.push(result)
      if (result.status !== TestStatus.Failed) continue
      // What kills one mutant kills the next, too: neighbours break the same promise.
      tests = [test, ...tests.filter((other) => other !== test)]
      break
    }
    return results
  }

  return {
    // Code that runs on import runs once; Stryker starts another process for its mutants.
    capabilities: () => ({ reloadEnvironment: false }),
    async init() {
      tests = await readTests()
    },
    async dryRun() {
      const results = []
      for (const test of tests) results.push(await run(test))
      return { status: DryRunStatus.Complete, tests: results, mutantCoverage: mutation.mutantCoverage }
    },
    async mutantRun({ activeMutant, hitLimit, testFilter }) {
      Object.assign(mutation, { activeMutant: activeMutant.id, hitCount: 0, hitLimit })
      const results = await runUntilFailure(new Set(testFilter ?? tests.map(({ id }) => id)))
      mutation.activeMutant = undefined
      const endless = determineHitLimitReached(mutation.hitCount, hitLimit)
      return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests: results })
    },
  }
}

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'engine', createRunner)]
