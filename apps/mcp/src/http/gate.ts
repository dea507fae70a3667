/** What a request has to pass before its body is read. */
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthTokenVerifier,
  validateHostHeader,
  validateOriginHeader,
  verifyBearerToken,
} from '@modelcontextprotocol/server'
import type { HttpSettings } from './http-options.ts'
import { createRateLimit } from './rate-limit.ts'
import { SCOPES } from './scopes.ts'

/** A request without its body. */
export interface Head {
  readonly method: string
  readonly path: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
  /** The address of the other end. */
  readonly remote: string
}

/** Either the answer, or whose request it is: undefined where no token is asked for. */
export type Passed = { readonly response: Response } | { readonly auth: AuthInfo | undefined }

export interface Gate {
  pass(head: Head): Promise<Passed>
  /** Counts the calls of a batch beyond the first; the answer when they are too many. */
  passMore(auth: AuthInfo | undefined, calls: number): Response | undefined
}

export const ENDPOINT = '/mcp'
const HEALTH = '/healthz'
const RESOURCE_METADATA = '/.well-known/oauth-protected-resource'

/** Wrong tokens that one address may try in a minute. */
const WRONG_TOKENS_PER_MINUTE = 60

export interface GateSetup {
  readonly settings: HttpSettings
  /** Undefined when nobody needs a token. */
  readonly verifier: OAuthTokenVerifier | undefined
  /** Whether the server takes no more work, and is about to end. */
  readonly isEnding: () => boolean
}

export function createGate({ settings, verifier, isEnding }: GateSetup): Gate {
  const limit = createRateLimit(settings.ratePerMinute)
  const wrongTokens = createRateLimit(WRONG_TOKENS_PER_MINUTE)
  const metadataUrl =
    settings.oauth &&
    settings.publicUrl &&
    getOAuthProtectedResourceMetadataUrl(new URL(settings.publicUrl))
  const paths = [ENDPOINT, settings.publicUrl && new URL(settings.publicUrl).pathname]

  async function authenticate({ authorization, remote }: Head): Promise<Passed> {
    if (verifier === undefined) return { auth: undefined }
    try {
      const options = { verifier, ...(metadataUrl ? { resourceMetadataUrl: metadataUrl } : {}) }
      return { auth: await verifyBearerToken(authorization, options) }
    } catch (error) {
      const wait = authorization === undefined ? undefined : wrongTokens(remote)
      if (wait !== undefined) return { response: tooMany(wait.retryAfter) }
      const options = metadataUrl ? { resourceMetadataUrl: metadataUrl } : {}
      return { response: bearerAuthChallengeResponse(error, options) }
    }
  }

  const pass = async (head: Head): Promise<Passed> => {
    if (head.path === HEALTH) return { response: health(isEnding()) }
    const host = validateHostHeader(head.host, [...settings.hosts])
    if (!host.ok) return { response: refusal(403, 'This server is not called by that name.') }
    if (settings.oauth && head.path.startsWith(RESOURCE_METADATA)) {
      return { response: resourceMetadata(settings) }
    }
    const origin = validateOriginHeader(head.origin, [...settings.origins])
    if (!origin.ok) return { response: refusal(403, 'Pages of that origin may not call.') }
    if (!paths.includes(head.path)) return { response: refusal(404, 'The endpoint is /mcp.') }
    // The browser asks before it sends a token, so this comes before the check of it.
    if (head.method === 'OPTIONS') return { response: new Response(null, { status: 204 }) }
    const passed = await authenticate(head)
    if ('response' in passed) return passed
    const wait = limit(keyOf(passed.auth))
    return wait === undefined ? passed : { response: tooMany(wait.retryAfter) }
  }
  return {
    pass,
    passMore(auth, calls) {
      const wait = limit(keyOf(auth), calls)
      return wait && tooMany(wait.retryAfter)
    },
  }
}

function keyOf(auth: AuthInfo | undefined): string {
  return auth?.clientId ?? 'everybody'
}

/** What a page of an allowed origin has to be told, so that its browser lets it read the answer. */
export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST, GET, DELETE, OPTIONS',
    'access-control-allow-headers':
      'authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name',
    'access-control-expose-headers': 'www-authenticate, mcp-protocol-version',
    vary: 'origin',
  }
}

function health(ending: boolean): Response {
  return Response.json({ status: ending ? 'ending' : 'ok' }, { status: ending ? 503 : 200 })
}

function resourceMetadata({ publicUrl, oauth }: HttpSettings): Response {
  return Response.json(
    {
      resource: publicUrl,
      authorization_servers: oauth === undefined ? [] : [oauth.issuer],
      scopes_supported: SCOPES,
      bearer_methods_supported: ['header'],
      resource_name: 'Chatlayer Tables',
    },
    { headers: { 'access-control-allow-origin': '*' } },
  )
}

function tooMany(retryAfter: number): Response {
  return refusal(429, 'Too many requests.', { 'Retry-After': String(retryAfter) })
}

/** A refusal in the form that clients of the protocol read. */
function refusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null }
  return Response.json(body, { status, headers })
}
