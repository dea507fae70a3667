/** Why there is no response: a code and our message, never bytes of a request. Pure. */
export type TransportReason =
  /** No connection: refused, no such host, no route, connect timeout. */
  | 'unreachable'
  /** A connection, but not one that can be trusted. */
  | 'untrusted'
  /** The proxy responded instead of the gateway: 407, or a rejected tunnel. */
  | 'proxy'
  /** The caller's dispatcher did not accept the request. */
  | 'dispatcher'
  | 'broken'
  | 'timeout'
  | 'too-large'
  | 'withdrawn'

/** No response. Holds a code and our message, never bytes that were sent or received. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly reason: TransportReason
  /** False only when it is certain that no byte of the request was written. */
  readonly sent: boolean
  /** The code of the system, Node or a dispatcher, such as ECONNRESET. */
  readonly code: string | undefined
  /** The status if the response was interrupted after it; with reason `proxy`, that of the proxy. */
  readonly status: number | undefined
  /** Whether the connection to the proxy failed, not one through it. */
  readonly atProxy: boolean

  constructor(
    reason: TransportReason,
    message: string,
    details: {
      sent: boolean
      code?: string | undefined
      status?: number | undefined
      atProxy?: boolean | undefined
    },
  ) {
    super(message)
    this.reason = reason
    this.sent = details.sent
    this.code = details.code
    this.status = details.status
    this.atProxy = details.atProxy ?? false
  }
}

/** The error of a request that could not be completed. */
export function transportError(
  error: unknown,
  { sent, status, atProxy }: { sent: boolean; status?: number | undefined; atProxy?: boolean },
): TransportError {
  const code = codeOf(error)
  // A dispatcher may have a smaller limit of its own.
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new TransportError('too-large', 'the response is too large', { sent, code, status })
  }
  if (sent) {
    return new TransportError('broken', 'the connection broke', { sent, code, status })
  }
  return isTrustCode(code)
    ? new TransportError('untrusted', 'the connection cannot be trusted', { sent, code, atProxy })
    : new TransportError('unreachable', 'no connection', { sent, code, atProxy })
}

export function refusedByProxy(status: number): TransportError {
  return new TransportError('proxy', 'the proxy refused', { sent: false, status, atProxy: true })
}

/** The code of an error or of what caused it. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') return code
  const inner =
    error instanceof AggregateError ? error.errors.find((e) => e instanceof Error) : error.cause
  return inner === error ? undefined : codeOf(inner)
}

/** Codes of node:tls and OpenSSL for a certificate or a handshake that a retry does not fix. */
function isTrustCode(code: string | undefined): boolean {
  return (
    code !== undefined &&
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|EPROTO$|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_EXCEEDED$|ERROR_IN_CERT_)/.test(
      code,
    )
  )
}
