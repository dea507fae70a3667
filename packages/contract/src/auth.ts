/**
 * Authentication: HTTP Basic with an access token that is one string, `username:password`
 * (standing: D).
 */

export const AUTHORIZATION_HEADER = 'authorization'

export class TokenError extends Error {
  override readonly name = 'TokenError'
}

/**
 * The value of the authorization header for an access token.
 *
 * @throws TokenError when the token is not `username:password`; the message never contains the
 *   token
 */
export function basicAuthorization(token: string): string {
  const trimmed = token.trim()
  const colon = trimmed.indexOf(':')
  if (colon <= 0 || colon === trimmed.length - 1) {
    throw new TokenError(
      'the access token must be one string "username:password", as shown under Settings > Access tokens',
    )
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are to be rejected
  if (/[\u0000-\u001f\u007f]/.test(trimmed)) {
    throw new TokenError(
      'the access token must not contain a line break or another control character',
    )
  }
  return `Basic ${Buffer.from(trimmed, 'utf8').toString('base64')}`
}

/** The token inside a Basic authorization header's value, or undefined when there is none. */
export function tokenOfAuthorization(value: string | undefined): string | undefined {
  const match = /^Basic\s+([A-Za-z0-9+/]+=*)$/i.exec(value ?? '')
  return match?.[1] === undefined ? undefined : Buffer.from(match[1], 'base64').toString('utf8')
}
