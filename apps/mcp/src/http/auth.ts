/** Who may call. */
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
 * The check of bearer tokens: those of the file, and those of the issuer. Undefined when there is
 * neither a file nor an issuer, so that nobody could ever pass.
 *
 * A file that is there counts even when it is empty, and goes on counting once it is gone: taking
 * back the last token must not open the door.
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
  // Loaded for those alone who use it.
  const issuers = oauth && (await import('./jwt.ts')).createJwtVerifier(oauth)
  return {
    verifyAccessToken: (token) =>
      issuers === undefined || isOwnToken(token)
        ? ours.verifyAccessToken(token)
        : issuers.verifyAccessToken(token),
  }
}

/** The SDK wants every token to end; one that does not is good for as long as a request may take. */
const NO_END_S = 3_600

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
        expiresAt: end ?? now.getTime() / 1_000 + NO_END_S,
      }
    },
  }
}
