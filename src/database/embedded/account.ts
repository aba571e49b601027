import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { DatabaseError } from '../error.js'

/** Who the Postgres processes run as; empty for the user of this process. */
export type Account = { uid?: number; gid?: number }

/**
 * Postgres refuses to run as root. A root process lends it another account: the owner of the cluster in `place` if
 * there is one (so that a start with sudo leaves it usable for its owner), else `postgres`, else `nobody`.
 */
export async function chooseAccount(place: string): Promise<Account> {
  const owner = await stat(place).catch(() => null)
  if (process.getuid?.() !== 0) {
    refuseForeign(place, owner)
    return {}
  }
  if (process.platform !== 'linux') {
    throw new DatabaseError(
      'The embedded Postgres cannot run as root on this system: start as an ordinary user, or set DATABASE_URL.',
    )
  }
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return unprivilegedAccount(await readFile('/etc/passwd', 'utf8'))
}

function refuseForeign(place: string, owner: Stats | null): void {
  if (owner === null || process.getuid === undefined || owner.uid === process.getuid()) return
  throw new DatabaseError(
    `The database in ${place} belongs to the user with the number ${owner.uid}, who must start it; root may too. ` +
      'Or set DATA_DIR to another directory.',
  )
}

/** `initdb` looks its user up by number, so that an account must have an entry. */
export function unprivilegedAccount(passwd: string): Account {
  const entries = passwd.split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const [, , uid, gid] = entries.find(([name]) => name === wanted) ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new DatabaseError(
    'Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as: ' +
      'start as an ordinary user, or set DATABASE_URL.',
  )
}
