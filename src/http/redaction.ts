const redacted = '[redacted]'

// Values under these names are secret, or carry what a client sent as it came.
const secretName =
  /pass(?:word|phrase)|secret|token|authorization|cookie|api[-_]?key|credential|private|^(?:headers|rawHeaders|rawPacket|body|variables|parameters)$/i

/** A key id is the public thumbprint of a public key (RFC 7638): as long as a secret, and none. */
const publicNames: ReadonlySet<string> = new Set(['kid', 'requestId'])

const hasDigitAndLetter = (text: string) => /\d/.test(text) && /[a-z]/i.test(text)

/** What a secret looks like inside a text. Bounded repetitions only: the texts can be hostile. */
const patterns: readonly (readonly [RegExp, string | ((match: string) => string)])[] = [
  // The credentials of RFC 9110 11.6.2 and the cookies of RFC 6265, as header lines.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]).*/gi, `$1$2 ${redacted}`],
  [/\b(bearer|basic|digest|negotiate|dpop) +[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${redacted}`],
  // A JWT, whole or cut off: base64url of `{"` (RFC 7519 3).
  [/eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,4}/g, redacted],
  // User information in a URL (RFC 3986 3.2.1).
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#@]{1,500}@/gi, `$1${redacted}@`],
  // `password=...`, `"token": "..."`, and the same after percent-encoding.
  [
    /((?:password|passphrase|passwd|secret|token|api[-_ ]?key)(?:\\?["']|%22)?\s{0,4}(?:[:=]|%3A|%3D)\s{0,4})(?:\\"(?:(?!\\").)*|"(?:[^"\\]|\\.)*|'[^']*|[^\s"',;&)}\]]+)/gis,
    `$1${redacted}`,
  ],
  // Password hashes in the modular crypt format.
  [/\$(?:argon2(?:id?|d)|2[abxy])\$[A-Za-z0-9./+=,$]+/g, redacted],
  // 256 random bits as text: refresh tokens, API keys, digests. No name and no UUID is as long.
  [/[A-Za-z0-9_-]{40,}/g, (match) => (hasDigitAndLetter(match) ? redacted : match)],
  [/[A-Za-z0-9+/]{42,}={1,2}/g, redacted],
]

// One look that nearly every line passes; only the others are taken apart. In small letters, since a pattern that ignores
// case takes ten times as long.
const suspicious =
  /pass(?:word|phrase|wd)|secret|token|authorization|cookie|api[-_ ]?key|credential|private|bearer |basic |digest |negotiate |dpop |eyj|:\/\/|\$argon2|\$2[abxy]\$|"(?:headers|rawheaders|rawpacket|body|variables|parameters)"/

/** As long as the shortest key, token or digest that is known by its length alone. */
const longRun = 40

const isRunOn = (code: number) =>
  (code >= 97 && code <= 122) || // a to z
  (code >= 47 && code <= 57) || // slash, digits
  (code >= 65 && code <= 90) || // A to Z
  code === 45 || // hyphen
  code === 95 || // underscore
  code === 43 // plus

/** From the end of where one could be back to its start, so that most characters need not be looked at. */
function hasLongRun(line: string): boolean {
  let end = longRun - 1
  while (end < line.length) {
    let run = 0
    while (run < longRun && isRunOn(line.charCodeAt(end - run))) run += 1
    if (run === longRun) return true
    end += longRun - run
  }
  return false
}

/** The text without what looks like a token, password, cookie, key, or password hash. */
export function redactText(text: string): string {
  return patterns.reduce(
    (rest, [pattern, replacement]) =>
      typeof replacement === 'string'
        ? rest.replace(pattern, replacement)
        : rest.replace(pattern, replacement),
    text,
  )
}

/**
 * One line of JSON without secrets: values under secret names are replaced whole, other texts are searched.
 * The last gate before the log, whoever wrote the line.
 */
export function redactLine(line: string): string {
  if (!suspicious.test(line.toLowerCase()) && !hasLongRun(line)) return line
  return `${JSON.stringify(JSON.parse(line, redactValue))}\n`
}

function redactValue(name: string, value: unknown): unknown {
  if (publicNames.has(name)) return value
  if (secretName.test(name)) return isHarmless(value) ? value : redacted
  return typeof value === 'string' ? redactText(value) : value
}

// Counts and durations: `accessTokenSeconds: 300`.
function isHarmless(value: unknown): boolean {
  return value === null || typeof value === 'number' || typeof value === 'boolean'
}
