import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const checkout = resolve(import.meta.dirname, '../..')
const bin = (name: string) => join(checkout, 'node_modules/.bin', name)

/** What somebody writes who has just installed the package. */
const program = `
import { type Caller, createAuthorization, createExecutors } from 'fieldgate/authorization'
import { apolloPlugin } from 'fieldgate/apollo'
import { createGateway } from 'fieldgate/apollo/gateway'
import { createCompiledExecute } from 'fieldgate/execution'
import { buildSchema, parse } from 'graphql'

const authorization = createAuthorization<{ caller: Caller | null }>({
  scopes: { 'secrets:read': {} },
  callerOf: ({ caller }) => caller,
})
const sdl = authorization.typeDefs + ' type Query { secret: String @auth(scopes: ["secrets:read"]) }'
const schema = authorization.protect(buildSchema(sdl))
const compiled = createCompiledExecute(schema, { gates: authorization.gates, runsBefore: 0 })
const { execute } = createExecutors(authorization, { execute: compiled })
const ask = async (scopes: string[]) =>
  execute({ schema, document: parse('{ secret }'), rootValue: { secret: 'told' }, contextValue: { caller: { id: '1', scopes } } })
console.log(JSON.stringify([await ask([]), await ask(['secrets:read']), typeof apolloPlugin(authorization).requestDidStart, typeof createGateway(schema, compiled).load]))
`

/** What an application with a domain of its own imports: for the compiler alone, since it would need a database. */
const application = `
import { connectionOf, createApp, readConfig, AppError, actorOf, pageRequest, selectPage } from 'fieldgate'
import type { Config, Domain, PageArguments, SignedInContext } from 'fieldgate'
import { runCommandLine } from 'fieldgate/command-line'

declare module 'fieldgate' {
  interface AuditActions { 'shelf.emptied': { shelfId: string } }
}
type Book = { id: string; createdAt: Date }
export const shelves: Domain = {
  name: 'shelves',
  connect: ({ db, recordAudit, revocationsSettled }) => ({
    resolvers: {
      Query: {
        async books(_root: unknown, page: PageArguments) {
          const request = pageRequest(page)
          const query = db.createQueryBuilder<Book>('book', 'book')
          return connectionOf(await selectPage(query, request).getMany(), request)
        },
      },
      Mutation: {
        async emptyShelf(_root: unknown, { shelfId }: { shelfId: string }, context: SignedInContext) {
          if (shelfId === '') throw new AppError('NOT_FOUND')
          await recordAudit(db, {
            ...actorOf(context), action: 'shelf.emptied', subjectId: shelfId, result: 'success', details: { shelfId },
          })
          // @ts-expect-error: details of another action
          await recordAudit(db, { ...actorOf(context), action: 'shelf.emptied', subjectId: null, result: 'success', details: {} })
          await revocationsSettled()
        },
      },
    },
  }),
}
const config: Config = readConfig()
const app = await createApp({ config, domains: [shelves] })
await app.listen()
await runCommandLine(['keys', 'list'], { domains: [shelves] })
`

describe('the package, as npm packs it', () => {
  let folder: string
  let project: string
  let tarball: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fieldgate-package-'))
    const source = join(folder, 'source')
    await mkdir(source)
    for (const name of ['package.json', 'schema', 'LICENSE'])
      await cp(join(checkout, name), join(source, name), { recursive: true })
    await run(bin('tsc'), ['-p', checkout, '--outDir', join(source, 'dist')])
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: source })
    const [packed] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
    tarball = join(folder, packed ?? '')
    project = await installInto(join(folder, 'project'), tarball)
  }, 180_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('works in a fresh project, types included', async () => {
    await run(bin('tsc'), ['-p', project])
    const { stdout } = await run('node', ['program.js'], { cwd: project })
    const refused = [{ path: ['secret'], extensions: { code: 'FORBIDDEN', coordinate: 'Query.secret' } }]
    expect(JSON.parse(stdout)).toMatchObject([
      { errors: refused },
      { data: { secret: 'told' } },
      'function',
      'function',
    ])
  }, 120_000)

  test('has entry points that resolve for every kind of importer of ES modules', async () => {
    const { stdout } = await run(bin('attw'), [
      tarball,
      '--profile',
      'esm-only',
      '--format',
      'ascii',
      '--no-color',
    ])
    // Problems of importers that cannot load ES modules are named and ignored; any other would end the command with an error.
    const problems = stdout.split('\n').filter((line) => /💀|⚠️|❌|🎭/u.test(line))
    expect(problems.filter((line) => !line.includes('(ignored'))).toEqual([])
    expect(stdout.match(/node16 \(from ESM\): 🟢/gu)?.length).toBeGreaterThanOrEqual(5)
  }, 120_000)

  test('has nothing to criticise for publint', async () => {
    const { messages } = await publint({
      pkgDir: join(project, 'node_modules/fieldgate'),
      pack: false,
      strict: true,
    })
    expect(messages).toEqual([])
  }, 120_000)
})

/** What `npm install` does, without a registry: the tarball unpacked, its dependencies those of the checkout. */
async function installInto(project: string, tarball: string): Promise<string> {
  const modules = join(project, 'node_modules')
  await mkdir(join(modules, 'fieldgate'), { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', join(modules, 'fieldgate'), '--strip-components', '1'])
  const { dependencies, peerDependencies } = JSON.parse(
    await readFile(join(checkout, 'package.json'), 'utf8'),
  )
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node']) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(checkout, 'node_modules', name), join(modules, name))
  }
  const compilerOptions = {
    target: 'ES2023',
    module: 'NodeNext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  }
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['program.ts', 'application.ts'] }),
  )
  await writeFile(join(project, 'program.ts'), program)
  await writeFile(join(project, 'application.ts'), application)
  return project
}
