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
import { type Connection, createServer } from '../server.ts'
import { openSession, type Session, type Setup } from '../session.ts'
import { allowedTools } from '../tools/registry.ts'
import { acceptedForms, acceptingBoth, inAcceptedForm } from './accept.ts'
import { CallsInFlight } from './calls-in-flight.ts'
import { readOlderMessages } from './older-protocol.ts'
import { type Allowed, missingScope } from './scope-challenge.ts'
import { grantedScopes, narrow, SCOPES, type Scope } from './scopes.ts'
import { newSession, readSession } from './session-id.ts'

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
  const calls = new CallsInFlight(setup.state, setup.log)
  // The SDK passes only the request to the factory, and for the older protocol a copy of it.
  const current = new AsyncLocalStorage<Connection>()
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const settings = narrow(setup.settings, scopesOf(authInfo))
      return createServer(settings, sessionFor(settings), current.getStore())
    },
    {
      maxRequestBodySize: options.maxBodyBytes,
      onerror: (error) => setup.log.debug(`protocol: ${error.message}`),
    },
  )

  const allowed = { tools: allowedTools(setup.settings), live: setup.settings.allowLive }

  return {
    async handle(given, auth) {
      const accepted = acceptedForms(given.headers.get('accept'))
      const request = acceptingBoth(given, accepted)
      const missing = await missingScopeOf(request, auth, allowed)
      if (missing !== undefined) return scopeChallenge(missing, auth)
      const respond = () => handler.fetch(request, { ...(auth && { authInfo: auth }) })
      if (isSubscription(request)) return respond()
      const timeout = AbortSignal.timeout(options.requestTimeoutMs)
      const ended = AbortSignal.any([request.signal, timeout])
      if (isModern(request)) return inAcceptedForm(await current.run({ ended }, respond), accepted)
      const principal = auth?.clientId
      const session = readSession(request.headers.get(SESSION_HEADER))
      const { connects, cancels } = readOlderMessages(await bodyOf(request))
      // Without a session, calls of other clients of the caller could have the same id.
      if (session !== undefined) {
        await Promise.all(cancels.map((id) => calls.cancel({ principal, session: session.id, id })))
      }
      const connection: Connection =
        session === undefined
          ? { ended }
          : {
              ended,
              client: session.client,
              showsViews: session.showsViews,
              openCall: (id, writes) => calls.open({ principal, session: session.id, id }, writes),
            }
      const response = await current.run(connection, respond)
      if (connects !== undefined && response.ok) {
        response.headers.set(SESSION_HEADER, newSession(connects))
      }
      return inAcceptedForm(response, accepted)
    },
    async close() {
      await handler.close()
      await Promise.all([...sessions.values()].map((session) => session.close()))
    },
  }
}

/** Tells the clients of one caller apart, whose requests have equal ids. */
const SESSION_HEADER = 'mcp-session-id'

async function bodyOf(request: Request): Promise<string> {
  if (request.method !== 'POST') return ''
  // A body that is too large is reported by the protocol handler.
  return await request
    .clone()
    .text()
    .catch(() => '')
}

/** Since this revision, requests name their method in a header, which the SDK checks against the body. */
const METHOD_HEADER_SINCE = '2026-07-28'

/** Whether a request stays open by design. In the older protocol the header has no meaning. */
export function isSubscription({ headers }: Pick<Request, 'headers'>): boolean {
  return headers.get('mcp-method') === 'subscriptions/listen' && isModern({ headers })
}

/** In the newer protocol a client cancels a call by closing its response. */
function isModern({ headers }: Pick<Request, 'headers'>): boolean {
  return (headers.get('mcp-protocol-version') ?? '') >= METHOD_HEADER_SINCE
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
