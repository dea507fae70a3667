/**
 * The one place that keeps the access token and a proxy's password out of whatever is shown: error messages, log lines,
 * hook payloads, diagnostic events. Text of the gateway may hold it too, since gateways and proxies
 * like to echo a request.
 */

import { tokenOfAuthorization } from '@chatlayer-tables/contract'

export type Redact = (text: string) => string

const MASK = '[redacted]'
/** A shorter secret would be masked inside ordinary words, and so be given away by the mask. */
const SHORTEST_SECRET = 4

/**
 * A function that masks the token of a Basic authorization in a text: whole, its password alone, as
 * the header writes it; each of these also as a URL or a JSON string writes it.
 *
 * @param proxyCredentials `user:password` of the proxy, masked in the same forms
 */
export function createRedactor(authorization: string, proxyCredentials = ''): Redact {
  const secrets = [tokenOfAuthorization(authorization) ?? '', proxyCredentials]
    .flatMap(formsOf)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .filter((secret, at, all) => secret.length >= SHORTEST_SECRET && all.indexOf(secret) === at)
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

const LONGEST_QUOTE = 300

/**
 * Foreign text made fit to stand in a message: the token masked, control and direction characters
 * escaped (they could rewrite a terminal's line), space runs folded, and no longer than `longest`.
 */
export function quote(text: string, redact: Redact, longest = LONGEST_QUOTE): string {
  const folded = redact(text).replace(/\s+/gu, ' ').trim()
  const escaped = folded.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
  if (escaped.length <= longest) return escaped
  return `${escaped.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
