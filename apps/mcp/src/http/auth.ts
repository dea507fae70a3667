/** Authentication of HTTP clients. */
import {
  type AuthInfo,
  OAuthError,
  OAuthErrorCode,
  type OAuthTokenVerifier,
} from '@modelcontextprotocol/server'
import type { OAuthSettings } from './http-options.ts'
import { grantedScopes } from './scopes.ts'
import { readTokenFile, watchTokenFile } from './token-file.ts'
import { findToken, isOwnToken } from './tokens.ts'

/**
 * Creates the check of bearer tokens from the token file and of the issuer. Undefined without a file and
 * without an issuer: no client could pass.
 *
 * An empty file still requires tokens, and so does a file that is removed later: revoking the last token
 * must not open the server.
 *
 * @throws TokenFileError for a file that cannot be used
 */
export async function createVerifier(
  tokenFile: string,
  oauth: OAuthSettings | undefined,
): Promise<OAuthTokenVerifier | undefined> {
  const hasFile = (await readTokenFile(tokenFile)) !== undefined
  if (!hasFile && oauth === undefined) return undefined
  const ours = createFileVerifier(tokenFile)
  // Loaded only if used.
  const issuers = oauth && (await import('./jwt.ts')).createJwtVerifier(oauth)
  return {
    verifyAccessToken: (token) =>
      issuers === undefined || isOwnToken(token)
        ? ours.verifyAccessToken(token)
        : issuers.verifyAccessToken(token),
  }
}

/** The SDK requires an expiry. Tokens without one get a time longer than any request. */
const DEFAULT_LIFETIME_S = 3_600

function createFileVerifier(path: string): OAuthTokenVerifier {
  const read = watchTokenFile(path)
  return {
    async verifyAccessToken(token): Promise<AuthInfo> {
      const now = new Date()
      const found = findToken(await read(), token, now)
      if (found === undefined) throw new OAuthError(OAuthErrorCode.InvalidToken, 'Invalid token')
      const end =
        found.expires === undefined ? undefined : new Date(found.expires).getTime() / 1_000
      return {
        token,
        clientId: found.id,
        scopes: [...grantedScopes(found.scopes)],
        expiresAt: end ?? now.getTime() / 1_000 + DEFAULT_LIFETIME_S,
      }
    },
  }
}
