import type { Position, Reading, Revocable } from './revocation.js'

/** What a replica knows to be revoked: the latest event of each subject, after the horizon. Grows and shrinks with the log. */
export function createRevocationSet() {
  const latest = {
    session: new Map<string, Position>(),
    user: new Map<string, Position>(),
    client: new Map<string, Position>(),
  }
  const keys = new Set<string>()
  let horizon: Position = 0
  let applied: Position = 0

  function revokeEverythingBefore(position: Position): void {
    if (position <= horizon) return
    horizon = position
    for (const positions of Object.values(latest)) forgetBefore(positions, horizon)
  }

  return {
    /** How far this set has followed the log. */
    appliedPosition: (): Position => applied,

    /** Subjects held in memory. */
    size: (): number => latest.session.size + latest.user.size + latest.client.size + keys.size,

    /** Takes in what was read after a position that this set had applied. Twice the same changes nothing. */
    apply({ horizon: forgotten, events }: Reading): void {
      for (const [position, kind, subject] of events) {
        if (kind === 'everyone') revokeEverythingBefore(position)
        else if (kind === 'key') keys.add(subject)
        else remember(latest[kind], subject, position)
        if (position > applied) applied = position
      }
      revokeEverythingBefore(forgotten)
    },

    /** Whether an event after its `asOf` matches it. Allocates nothing. */
    isRevoked({ asOf, userId, sessionId, clientId, keyId }: Revocable): boolean {
      return (
        !(asOf >= horizon) || // so that what is not a number is refused, too
        (sessionId !== null && isAfter(latest.session.get(sessionId), asOf)) ||
        (userId !== null && isAfter(latest.user.get(userId), asOf)) ||
        isAfter(latest.client.get(clientId), asOf) ||
        (keyId !== null && keys.has(keyId))
      )
    },
  }
}

function isAfter(position: Position | undefined, asOf: Position): boolean {
  return position !== undefined && position > asOf
}

// Deleted first, so that a map keeps the order of positions, by which it is forgotten.
function remember(positions: Map<string, Position>, subject: string, position: Position): void {
  const known = positions.get(subject)
  if (known !== undefined && known >= position) return
  positions.delete(subject)
  positions.set(subject, position)
}

function forgetBefore(positions: Map<string, Position>, horizon: Position): void {
  for (const [subject, position] of positions) {
    if (position > horizon) return
    positions.delete(subject)
  }
}
