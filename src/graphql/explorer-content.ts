import type { ExplorerOptions } from './explorer.js'

/** What a developer finds who opens the server for the first time. */
export const explorerContent: ExplorerOptions = {
  endpoint: '/graphql',
  sandboxUrl: '/graphql',
  tabs: [
    {
      query: `# Sign in, then send the access token as a header:
#   Authorization: Bearer ...
mutation SignIn($email: String!, $password: String!) {
  login(email: $email, password: $password) {
    accessToken
    expiresIn
    scopes
  }
}
`,
    },
    { query: '{\n  me {\n    id\n    name\n    email\n    disabledAt\n  }\n}\n' },
  ],
}
