import { createHash } from 'node:crypto'

export type SignInPage = {
  clientName: string
  /** The host, or the scheme of an app, that the browser goes back to. */
  returnsTo: string
  scopes: readonly { name: string; description: string }[]
  /** Sent back with the form. */
  hidden: Readonly<Record<string, string>>
  /** What went wrong before; null at first. */
  problem: string | null
  email: string
}

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 26rem; padding: 2rem 1rem }
h1 { font-size: 1.4rem; overflow-wrap: anywhere }
label { display: block; margin-top: 1rem }
input { box-sizing: border-box; font: inherit; padding: .5rem; width: 100% }
button { font: inherit; margin: 1.5rem .5rem 0 0; padding: .5rem 1.25rem }
code { font-size: .9em }
[role=alert] { border-left: .3rem solid #c00; padding-left: .75rem }
`
const styleHash = createHash('sha256').update(style).digest('base64')

/** Nothing loads, nothing runs, nobody frames it; browsers hold redirects after a form to `form-action`, too. */
export function pagePolicy(formTargets: readonly string[] = []): string {
  const targets = ["'self'", ...formTargets].join(' ')
  return `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${targets}; base-uri 'none'; frame-ancestors 'none'`
}

/** Sign-in and consent on one page, for every browser, without a script. */
export function signInPage({ clientName, returnsTo, scopes, hidden, problem, email }: SignInPage): string {
  const fields = Object.entries(hidden).map(
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  )
  const rights = scopes.map(
    ({ name, description }) => `<li>${escape(description)} <code>${escape(name)}</code></li>`,
  )
  return page(
    `Let ${clientName} use your account?`,
    `${problem === null ? '' : `<p role="alert" id="problem">${escape(problem)}</p>`}
<p>With your consent this program may:</p>
<ul>${rights.join('')}</ul>
<p>Afterwards you are sent back to <strong>${escape(returnsTo)}</strong>.</p>
<form method="post" action="/oauth/authorize">
${fields.join('\n')}
<label for="email">E-mail address</label>
<input id="email" name="email" type="email" autocomplete="username" required value="${escape(email)}"${described(problem)}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${described(problem)}>
<button name="decision" value="allow">Sign in and allow</button>
<button name="decision" value="deny" formnovalidate>Deny</button>
</form>`,
  )
}

export function problemPage(problem: string): string {
  return page(
    'This does not work',
    `<p role="alert">${escape(problem)}</p><p>Go back, and try again from there.</p>`,
  )
}

const described = (problem: string | null) =>
  problem === null ? '' : ' aria-invalid="true" aria-describedby="problem"'

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${content}
</main>
</body>
</html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
