import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The master key that lives beside the embedded database: made at the first start, readable by its owner alone.
 * @returns 32 bytes in base64
 */
export async function keepMasterKey(dataDir: string, randomBytes: (size: number) => Buffer): Promise<string> {
  const file = join(dataDir, 'master-key')
  const kept = await readIfThere(file)
  if (kept !== null) return kept
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  // Written aside and linked, so that nobody ever reads half a key and the first of two writers wins.
  // Not named by the process: two containers with one volume are both process 1.
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  await writeFile(draft, randomBytes(32).toString('base64'), { mode: 0o600, flush: true })
  await link(draft, file).catch(ignoreExisting)
  await unlink(draft)
  return readFile(file, 'utf8')
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
