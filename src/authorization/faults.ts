import type { ASTNode } from 'graphql'

/** Something in the schema or the configuration that stops the start. */
export type Fault = {
  readonly coordinate: string
  /** Name and line of the SDL source, when the schema still knows them. */
  readonly at: string | null
  readonly message: string
  readonly remedy: string
}

export type Faults = {
  add(coordinate: string, node: ASTNode | null | undefined, message: string, remedy: string): void
  readonly all: readonly Fault[]
}

export function createFaults(): Faults {
  const all: Fault[] = []
  return {
    all,
    add(coordinate, node, message, remedy) {
      const at = node?.loc ? `${node.loc.source.name}:${node.loc.startToken.line}` : null
      const known = all.some((fault) => fault.coordinate === coordinate && fault.message === message)
      if (!known) all.push({ coordinate, at, message, remedy })
    },
  }
}

/** Thrown at start, with every fault at once. */
export class AuthorizationFaults extends Error {
  override readonly name = 'AuthorizationFaults'
  readonly faults: readonly Fault[]
  constructor(faults: readonly Fault[]) {
    const lines = faults.map(
      ({ coordinate, at, message, remedy }) =>
        `- ${at === null ? '' : `${at} `}${coordinate}: ${message} ${remedy}`,
    )
    super(`The schema is not safe to serve (${faults.length}):\n${lines.join('\n')}`)
    this.faults = faults
  }
}
