import { expect, test } from 'vitest'
import { deviceName } from '../../src/sessions/device.js'

const kit = 'AppleWebKit/537.36 (KHTML, like Gecko)'

test.each([
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ['Chrome on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${kit} Chrome/140.0.0.0 Safari/537.36`],
  [
    'Edge on Windows',
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${kit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
  ],
  [
    'Opera on macOS',
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${kit} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0`,
  ],
  ['Chrome on Android', `Mozilla/5.0 (Linux; Android 15; K) ${kit} Chrome/140.0.0.0 Mobile Safari/537.36`],
  [
    'Samsung Internet on Android',
    `Mozilla/5.0 (Linux; Android 15; K) ${kit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`,
  ],
  ['Chrome on ChromeOS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${kit} Chrome/140.0.0.0 Safari/537.36`],
  [
    'Safari on macOS',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  ],
  [
    'Safari on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  ],
  [
    'Chrome on iPhone',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.0.0 Mobile/15E148 Safari/604.1',
  ],
  [
    'Firefox on iPad',
    'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15',
  ],
  ['Linux', 'Mozilla/5.0 (X11; Linux x86_64)'],
  ['curl', 'curl/8.5.0'],
  ['PostmanRuntime', 'PostmanRuntime/7.44.1'],
  ['node', 'node'],
])('%s', (name, userAgent) => {
  expect(deviceName(userAgent)).toBe(name)
})

test.each([
  ['nothing', null],
  ['an empty text', ''],
  ['a browser that says no more', 'Mozilla/5.0'],
  ['markup', '<script>alert(1)</script>'],
  ['a name longer than a name', 'x'.repeat(5000)],
])('%s names no device', (_name, userAgent) => {
  expect(deviceName(userAgent)).toBeNull()
})

test('a hostile user agent costs no time', () => {
  const started = performance.now()
  deviceName(`Version/${'1.'.repeat(50_000)}`)
  deviceName('Version/1 '.repeat(5_000))
  expect(performance.now() - started).toBeLessThan(1000)
})
