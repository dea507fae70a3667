/** Checks of a request before its body is read. */
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
import type { StateHealth } from './state-health.ts'

/** A request without its body. */
export interface Head {
  readonly method: string
  readonly path: string
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly authorization: string | undefined
  /** The client's address. */
  readonly remote: string
}

/** A response, or the authenticated caller; undefined if no token is required. */
export type Passed = { readonly response: Response } | { readonly auth: AuthInfo | undefined }

export interface Gate {
  pass(head: Head): Promise<Passed>
  /** Counts further calls of a batch; returns a response if there are too many. */
  passMore(auth: AuthInfo | undefined, calls: number): Response | undefined
}

export const ENDPOINT = '/mcp'
const HEALTH = '/healthz'
const RESOURCE_METADATA = '/.well-known/oauth-protected-resource'

/** Invalid tokens per minute and address. */
const INVALID_TOKENS_PER_MINUTE = 60

export interface GateSetup {
  readonly settings: HttpSettings
  /** Undefined if no token is required. */
  readonly verifier: OAuthTokenVerifier | undefined
  /** Whether the server is shutting down. */
  readonly isEnding: () => boolean
  /** Of the database that replicas share; undefined without one. */
  readonly stateHealth: () => Promise<StateHealth | undefined>
}

export function createGate({ settings, verifier, isEnding, stateHealth }: GateSetup): Gate {
  const limit = createRateLimit(settings.ratePerMinute)
  const invalidTokens = createRateLimit(INVALID_TOKENS_PER_MINUTE)
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
      const wait = authorization === undefined ? undefined : invalidTokens(remote)
      if (wait !== undefined) return { response: tooMany(wait.retryAfter) }
      const options = metadataUrl ? { resourceMetadataUrl: metadataUrl } : {}
      return { response: bearerAuthChallengeResponse(error, options) }
    }
  }

  const pass = async (head: Head): Promise<Passed> => {
    if (head.path === HEALTH) return { response: health(isEnding(), await stateHealth()) }
    const host = validateHostHeader(head.host, [...settings.hosts])
    if (!host.ok) return { response: errorResponse(403, 'Host name not allowed.') }
    if (settings.oauth && head.path.startsWith(RESOURCE_METADATA)) {
      return { response: resourceMetadata(settings) }
    }
    const origin = validateOriginHeader(head.origin, [...settings.origins])
    if (!origin.ok) return { response: errorResponse(403, 'Origin not allowed.') }
    // Some clients and proxies append a slash.
    if (!paths.includes(head.path) && !paths.includes(head.path.replace(/\/$/, '')))
      return { response: errorResponse(404, 'The endpoint is /mcp.') }
    // Preflight requests carry no token, so this comes before authentication.
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
  return auth?.clientId ?? 'anonymous'
}

/** The headers that let a page of an allowed origin read the response. */
export function corsHeaders(origin: string | undefined): Readonly<Record<string, string>> {
  if (origin === undefined) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST, GET, DELETE, OPTIONS',
    'access-control-allow-headers':
      'authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name',
    'access-control-expose-headers': 'www-authenticate, mcp-protocol-version, mcp-session-id',
    vary: 'origin',
  }
}

/** A server whose database is away still reads, so it keeps its place behind a proxy. */
function health(ending: boolean, state: StateHealth | undefined): Response {
  const body = { status: ending ? 'ending' : 'ok', ...(state === undefined ? {} : { state }) }
  return Response.json(body, { status: ending ? 503 : 200 })
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
  return errorResponse(429, 'Too many requests.', { 'Retry-After': String(retryAfter) })
}

/** An error response in the form of the protocol. */
function errorResponse(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = { jsonrpc: '2.0', error: { code: -32_000, message }, id: null }
  return Response.json(body, { status, headers })
}
