/** Handles requests that have passed the gate. */
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type AuthInfo,
  bearerAuthChallengeResponse,
  createMcpHandler,
  OAuthError,
  OAuthErrorCode,
} from '@modelcontextprotocol/server'
import type { Settings } from '../options.ts'
import { createServer } from '../server.ts'
import { openSession, type Session, type Setup } from '../session.ts'
import { allowedTools } from '../tools/registry.ts'
import { type Allowed, missingScope } from './scope-challenge.ts'
import { grantedScopes, narrow, SCOPES, type Scope } from './scopes.ts'

export interface Exchange {
  handle(request: Request, auth: AuthInfo | undefined): Promise<Response>
  /** Aborts requests in flight, and closes the connections to the gateway. */
  close(): Promise<void>
}

export interface ExchangeOptions {
  readonly maxBodyBytes: number
  readonly requestTimeoutMs: number
}

/**
 * Serves both generations of the protocol, with a new server for each request. It keeps no state between
 * requests, so that any replica can handle the next one.
 */
export function createExchange(setup: Setup, options: ExchangeOptions): Exchange {
  const sessions = new Map<string, Session>()
  const sessionFor = (settings: Settings): Session => {
    // At most three: one for each scope.
    const key = JSON.stringify([settings.readOnly, settings.allowLive])
    const session = sessions.get(key) ?? openSession({ ...setup, settings })
    sessions.set(key, session)
    return session
  }
  // The SDK passes only the request to the factory, and for the older protocol a copy of it.
  const deadline = new AsyncLocalStorage<AbortSignal>()
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const settings = narrow(setup.settings, scopesOf(authInfo))
      return createServer(settings, sessionFor(settings), deadline.getStore())
    },
    {
      maxRequestBodySize: options.maxBodyBytes,
      onerror: (error) => setup.log.debug(`protocol: ${error.message}`),
    },
  )

  const allowed = { tools: allowedTools(setup.settings), live: setup.settings.allowLive }

  return {
    async handle(request, auth) {
      const missing = await missingScopeOf(request, auth, allowed)
      if (missing !== undefined) return scopeChallenge(missing, auth)
      const respond = () => handler.fetch(request, { ...(auth && { authInfo: auth }) })
      if (isSubscription(request)) return respond()
      const timeout = AbortSignal.timeout(options.requestTimeoutMs)
      return deadline.run(AbortSignal.any([request.signal, timeout]), respond)
    },
    async close() {
      await handler.close()
      await Promise.all([...sessions.values()].map((session) => session.close()))
    },
  }
}

/** Since this revision, requests name their method in a header, which the SDK checks against the body. */
const METHOD_HEADER_SINCE = '2026-07-28'

/** Whether a request stays open by design. In the older protocol the header has no meaning. */
export function isSubscription({ headers }: Request): boolean {
  return (
    headers.get('mcp-method') === 'subscriptions/listen' &&
    (headers.get('mcp-protocol-version') ?? '') >= METHOD_HEADER_SINCE
  )
}

/** Without tokens, every caller may do what the operator allows. */
function scopesOf(auth: AuthInfo | undefined): readonly Scope[] {
  return auth === undefined ? SCOPES : grantedScopes(auth.scopes)
}

async function missingScopeOf(
  request: Request,
  auth: AuthInfo | undefined,
  allowed: Allowed,
): Promise<Scope | undefined> {
  const scopes = scopesOf(auth)
  if (scopes.length === 0) return 'read'
  if (scopes.length === SCOPES.length || request.method !== 'POST') return undefined
  try {
    return missingScope(await request.clone().json(), scopes, allowed)
  } catch {
    // Invalid JSON is reported by the protocol handler.
    return undefined
  }
}

function scopeChallenge(scope: Scope, auth: AuthInfo | undefined): Response {
  const error = new OAuthError(
    OAuthErrorCode.InsufficientScope,
    `This call requires a token with the scope ${scope}`,
  )
  const url = auth?.resourceMetadataUrl
  return bearerAuthChallengeResponse(error, {
    requiredScopes: [...grantedScopes([scope])],
    ...(url === undefined ? {} : { resourceMetadataUrl: url }),
  })
}
