/**
 * Keeps the access token and a proxy's password out of all output: error messages, log lines, hook
 * payloads, diagnostic events. The gateway's text is masked too, since gateways and proxies may echo
 * a request.
 */

import { tokenOfAuthorization } from '@chatlayer-tables/contract'

export type Redact = (text: string) => string

const MASK = '[redacted]'
/** A shorter secret would be masked inside ordinary words, which would reveal it. */
const MIN_SECRET = 4

/**
 * A function that masks the token of a Basic authorization in a text: the whole token, its password
 * alone, and its form in the header; each also as encoded in a URL or a JSON string.
 *
 * @param proxyCredentials `user:password` of the proxy, masked in the same forms
 */
export function createRedactor(authorization: string, proxyCredentials = ''): Redact {
  const secrets = [tokenOfAuthorization(authorization) ?? '', proxyCredentials]
    .flatMap(formsOf)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((secret, at, all) => secret.length >= MIN_SECRET && all.indexOf(secret) === at)
    .sort((a, b) => b.length - a.length)
  return (text) => {
    let safe = text
    for (const secret of secrets) safe = safe.replaceAll(secret, MASK)
    return safe
  }
}

function formsOf(credentials: string): string[] {
  const password = credentials.slice(credentials.indexOf(':') + 1)
  const base64 = Buffer.from(credentials, 'utf8').toString('base64').replace(/=+$/, '')
  return [credentials, password, base64]
}

const MAX_QUOTE = 300

/**
 * Prepares foreign text for a message: masks the token, escapes control and direction characters
 * (they could rewrite a terminal's line), folds runs of spaces, and shortens it to `max` characters.
 */
export function quote(text: string, redact: Redact, max = MAX_QUOTE): string {
  const folded = redact(text).replace(/\s+/gu, ' ').trim()
  const escaped = folded.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
  if (escaped.length <= max) return escaped
  return `${escaped.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
