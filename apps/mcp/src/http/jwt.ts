/** Access tokens of an OAuth issuer: JWTs, verified with the keys that the issuer publishes. */
import { OAuthError, OAuthErrorCode, type OAuthTokenVerifier } from '@modelcontextprotocol/server'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { OAuthSettings } from './http-options.ts'
import { isLoopback } from './listen-address.ts'
import { grantedScopes } from './scopes.ts'

/** Only signatures with a key pair: anyone could sign with `none`, or with a shared secret that leaked. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA']

const CLOCK_TOLERANCE_S = 5
const DISCOVERY_TIMEOUT_MS = 5_000
const RETRY_AFTER_MS = 5_000

/** Verifies signature, issuer, audience and dates, and reads the scopes. */
export function createJwtVerifier({ issuer, audience }: OAuthSettings): OAuthTokenVerifier {
  let found: Promise<Issuer> | undefined
  const discovered = async (): Promise<Issuer> => {
    found ??= discover(new URL(issuer))
    try {
      return await found
    } catch (error) {
      // Not at every request: an issuer that is down should not get all of them.
      setTimeout(() => {
        found = undefined
      }, RETRY_AFTER_MS).unref()
      throw error
    }
  }
  return {
    async verifyAccessToken(token) {
      const { name, keys } = await discovered()
      const payload = await verify(token, { name, keys, audience })
      return {
        token,
        clientId: holderOf(payload),
        scopes: [...grantedScopes(scopesOf(payload))],
        expiresAt: payload.exp ?? 0,
      }
    },
  }
}

interface Issuer {
  /** The `iss` of its tokens. */
  readonly name: string
  readonly keys: ReturnType<typeof createRemoteJWKSet>
}

async function verify(
  token: string,
  { name, keys, audience }: Issuer & { readonly audience: string },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: name,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ['exp'],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
      throw new OAuthError(OAuthErrorCode.ServerError, 'Cannot read the keys of the issuer')
    }
    const why = error instanceof errors.JWTExpired ? 'The token has expired' : 'Invalid token'
    throw new OAuthError(OAuthErrorCode.InvalidToken, why)
  }
}

const Metadata = z.object({ issuer: z.string(), jwks_uri: z.url() })

/** Reads the issuer's metadata from one of its two standard locations. */
async function discover(issuer: URL): Promise<Issuer> {
  const path = issuer.pathname.replace(/\/$/, '')
  const locations = [
    new URL(`/.well-known/oauth-authorization-server${path}`, issuer),
    new URL(`${path}/.well-known/openid-configuration`, issuer),
  ]
  for (const location of locations) {
    const metadata = Metadata.safeParse(await readJson(location))
    if (!metadata.success || !sameUrl(metadata.data.issuer, issuer.href)) continue
    const keys = new URL(metadata.data.jwks_uri)
    if (keys.protocol !== 'https:' && !isLoopback(keys.hostname)) continue
    return { name: metadata.data.issuer, keys: createRemoteJWKSet(keys) }
  }
  throw new OAuthError(OAuthErrorCode.ServerError, 'Cannot reach the issuer of tokens')
}

async function readJson(url: URL): Promise<unknown> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
      redirect: 'error',
    })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}

function sameUrl(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '')
}

/** The scopes: space-separated in `scope`, as in the standard, or in `scp`, which some issuers use. */
function scopesOf({ scope, scp }: JWTPayload): readonly string[] {
  const text = typeof scope === 'string' ? scope : typeof scp === 'string' ? scp : undefined
  if (text !== undefined) return text.split(' ')
  return Array.isArray(scp) ? scp.map(String) : []
}

/** The holder of a token: the person if the issuer names one, otherwise the program. */
function holderOf({ sub, client_id: client, azp }: JWTPayload): string {
  return [sub, client, azp].find((one) => typeof one === 'string') ?? 'unknown'
}
