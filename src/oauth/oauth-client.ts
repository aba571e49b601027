/** A program that asks for tokens, as far as the protocol looks at it. */
export type OAuthClient = {
  readonly id: string
  readonly name: string
  readonly kind: 'public' | 'confidential'
  readonly redirectUris: readonly string[]
  /** What it may be given at most; null for the built-in client, which may be given what its users have. */
  readonly scopes: readonly string[] | null
}

export type ClientDirectoryDependencies<Stored> = {
  /** What sign-ins through GraphQL are bound to: public, known to everybody. */
  builtIn: OAuthClient
  findStored(id: string): Promise<Stored | null>
  /** Whether this is the secret of that client. */
  isAuthentic(client: Stored, secret: string): boolean
}

/** The clients that may ask for something: the built-in one, and those that were made known and are not disabled. */
export function createClientDirectory<Stored extends OAuthClient & { disabledAt: Date | null }>({
  builtIn,
  findStored,
  isAuthentic,
}: ClientDirectoryDependencies<Stored>) {
  async function findEnabled(id: string): Promise<Stored | null> {
    const client = await findStored(id)
    return client === null || client.disabledAt !== null ? null : client
  }

  return {
    findClient: async (id: string): Promise<OAuthClient | null> =>
      id === builtIn.id ? builtIn : findEnabled(id),

    async findClientBySecret(id: string, secret: string): Promise<OAuthClient | null> {
      const client = await findEnabled(id)
      return client !== null && isAuthentic(client, secret) ? client : null
    },
  }
}
