import type { ExplorerFile } from '../http/routes/explorer.js'

export type ExplorerOptions = {
  /** Where the GraphQL endpoint is, as a path. */
  endpoint: string
  /** What is tried first, a tab each. */
  tabs: readonly { query: string; variables?: string; headers?: string }[]
  /** Shown beside the title; null leaves the link out. */
  sandboxUrl: string | null
}

const folder = '/explorer'
const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'

/** Everything from this server; the editor makes style elements and data: images as it runs. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const editor = () => import('@graphql-yoga/render-graphiql/graphiql')

/** GraphiQL with all its parts, served from here: it works without any network but the one to this server. */
export function createExplorer(options: ExplorerOptions): ExplorerFile[] {
  return [
    { path: '/', contentType: 'text/html; charset=utf-8', contentSecurityPolicy, load: () => page },
    { path: `${folder}/start.js`, contentType: script, load: () => startScript(options) },
    { path: `${folder}/graphiql.js`, contentType: script, load: async () => (await editor()).js },
    { path: `${folder}/graphiql.css`, contentType: style, load: async () => (await editor()).css },
    {
      path: `${folder}/editor.worker.js`,
      contentType: script,
      load: async () => (await editor()).editorWorkerService,
    },
    { path: `${folder}/json.worker.js`, contentType: script, load: async () => (await editor()).jsonWorker },
    {
      path: `${folder}/graphql.worker.js`,
      contentType: script,
      load: async () => (await editor()).graphqlWorker,
    },
  ]
}

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Fieldgate</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="${folder}/graphiql.css" />
    <style>
      html, body, #root { height: 100%; margin: 0; }
      .sandbox { font-size: 14px; font-weight: normal; margin-inline-start: 12px; }
    </style>
  </head>
  <body class="no-focus-outline">
    <noscript>The explorer needs JavaScript. The API itself is at POST /graphql.</noscript>
    <div id="root"></div>
    <script src="${folder}/graphiql.js"></script>
    <script src="${folder}/start.js"></script>
  </body>
</html>
`

const logo = `<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"><path d="M12 2 3 7v10l9 5 9-5V7z"/><path d="M8 17v-6a4 4 0 0 1 8 0v6M12 7v10M8 13h8"/></svg>`

function startScript({ endpoint, tabs, sandboxUrl }: ExplorerOptions): string {
  const link = sandboxUrl === null ? '' : `<a class="sandbox" href="${sandboxUrl}">Open Apollo Sandbox</a>`
  const props = {
    endpoint,
    title: `Fieldgate ${link}`,
    logo,
    defaultTabs: tabs,
    subscriptionsProtocol: 'WS',
    // The headers hold tokens, and local storage is read by every script of the origin.
    shouldPersistHeaders: false,
  }
  return `self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_, label) => '${folder}/' + ({ json: 'json', graphql: 'graphql' }[label] ?? 'editor') + '.worker.js',
}
YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
  ...${JSON.stringify(props, null, 2)},
  // What is typed, passwords too, goes with the tab; by itself it would also go into the address.
  storage: sessionStorage,
  onEditQuery() {},
})
`
}
