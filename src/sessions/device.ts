// The order matters: Edge, Opera and Samsung say Chrome too, Chrome says Safari too, an iPhone says Mac OS X too.
const BROWSERS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]

const SYSTEMS: ReadonlyArray<readonly [RegExp, string]> = [
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

// RFC 9110 10.1.5: the first product of a program that is no browser names the program.
const product = /^([A-Za-z][\w.-]{0,39})(\/|\s|$)/

/**
 * A name by which people know their device again ("Firefox on Linux", "curl"), or null. A user agent is what a client
 * says about itself: good enough to recognise, never to decide. No versions: they change, the device does not.
 */
export function deviceName(userAgent: string | null): string | null {
  if (userAgent === null) return null
  const browser = firstMatch(BROWSERS, userAgent)
  const system = firstMatch(SYSTEMS, userAgent)
  if (browser !== null && system !== null) return `${browser} on ${system}`
  return browser ?? (userAgent.startsWith('Mozilla/') ? system : (product.exec(userAgent)?.[1] ?? null))
}

function firstMatch(names: ReadonlyArray<readonly [RegExp, string]>, text: string): string | null {
  return names.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
