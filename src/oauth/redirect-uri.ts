/** A port on the machine of the browser, said or not. `localhost` is a name, and can lead elsewhere (RFC 8252 8.3). */
const loopbackPort = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/

/**
 * RFC 9700 2.1: compared word for word, but for the port of a loopback address (RFC 8252 7.3): a program on the machine
 * of the user takes one that is free at that moment.
 */
export function isRegistered(redirectUri: string, registered: readonly string[]): boolean {
  if (registered.includes(redirectUri)) return true
  const asked = withoutLoopbackPort(redirectUri)
  const isAddress = loopbackPort.test(redirectUri) && URL.canParse(redirectUri)
  return isAddress && registered.some((known) => withoutLoopbackPort(known) === asked)
}

const withoutLoopbackPort = (uri: string) => uri.replace(loopbackPort, '$1')
