/** Classifies a request without a complete response, through a proxy or not. Pure. */
import { CHECK_FIRST, type Failure, type FailureKind } from './failure.ts'
import type { ProxyInUse } from './proxy.ts'
import type { TransportError, TransportReason } from './transport-error.ts'

export function classifyTransportError(
  error: TransportError,
  proxy?: ProxyInUse | undefined,
): Failure {
  const found = proxy === undefined ? TRANSPORT[error.reason] : throughProxy(error, proxy)
  const { kind, message, hint } = found
  const code = error.code === undefined ? '' : ` (${error.code})`
  const after =
    error.status === undefined || error.atProxy
      ? ''
      : `, in the middle of a response with status ${error.status}`
  return {
    kind,
    executed: error.sent ? 'maybe' : 'no',
    message: `${message ?? error.message}${code}${after}`,
    hint: error.sent && hint.sent !== undefined ? hint.sent : hint.unsent,
    cause: error,
  }
}

interface Meaning {
  readonly kind: FailureKind
  /** Default: the error's own. */
  readonly message?: string
  readonly hint: { readonly unsent: string; readonly sent?: string }
}

const TRANSPORT: Readonly<Record<TransportReason, Meaning>> = {
  unreachable: {
    kind: 'unreachable',
    message: 'the gateway cannot be reached',
    hint: {
      unsent:
        'Nothing was sent. Check the region or base URL, the network and any proxy or firewall, then try again.',
    },
  },
  untrusted: {
    kind: 'untrusted',
    message: 'the connection to the gateway cannot be trusted',
    hint: {
      unsent:
        'Nothing was sent. Check the base URL, and whether a proxy answers in place of the gateway; for a private certificate authority, set NODE_EXTRA_CA_CERTS.',
    },
  },
  proxy: { kind: 'proxy', hint: { unsent: 'Nothing was sent. Check the proxy.' } },
  dispatcher: {
    kind: 'dispatcher',
    hint: {
      unsent:
        'Nothing was sent. Pass a dispatcher of undici 7 or later; a mock agent needs an intercept for this request.',
    },
  },
  broken: {
    kind: 'broken',
    message: 'the connection broke before the response was complete',
    hint: { unsent: 'Nothing was sent; try again.', sent: CHECK_FIRST },
  },
  timeout: {
    kind: 'timeout',
    hint: {
      unsent: 'Nothing was sent; the gateway accepted no connection in time. Try again later.',
      sent: CHECK_FIRST,
    },
  },
  'too-large': {
    kind: 'too-large',
    message: 'the response is larger than this client accepts',
    hint: { unsent: 'Read fewer records at a time, or raise maxResponseBytes.' },
  },
  withdrawn: { kind: 'broken', hint: { unsent: 'Nothing was sent.', sent: CHECK_FIRST } },
}

/** Names the proxy, and what to check there. */
function throughProxy(error: TransportError, { url, variable }: ProxyInUse): Meaning {
  const plain = TRANSPORT[error.reason]
  const instead = `or exempt the gateway's host in NO_PROXY.`
  switch (error.reason) {
    case 'proxy':
      return refusedByProxy(error.status ?? 0, { url, variable })
    case 'unreachable':
      return error.atProxy
        ? {
            ...plain,
            message: `the proxy ${url} cannot be reached`,
            hint: { unsent: `Nothing was sent. Correct ${variable}, ${instead}` },
          }
        : {
            ...plain,
            message: `the gateway cannot be reached through the proxy ${url}`,
            hint: {
              unsent: `Nothing was sent. Check the region or base URL and the proxy that ${variable} names, ${instead}`,
            },
          }
    case 'untrusted':
      return {
        ...plain,
        message: error.atProxy
          ? `the connection to the proxy ${url} cannot be trusted`
          : `the connection to the gateway through the proxy ${url} cannot be trusted`,
        hint: {
          unsent: `Nothing was sent. If the proxy inspects TLS or has a private certificate, set NODE_EXTRA_CA_CERTS to the file of its certificate authority before the start; else correct ${variable}, ${instead}`,
        },
      }
    case 'broken':
      return {
        ...plain,
        message: `the connection through the proxy ${url} broke before the response was complete`,
      }
    case 'timeout':
      return {
        ...plain,
        hint: {
          ...plain.hint,
          unsent: `Nothing was sent; the proxy ${url} made no connection to the gateway in time. Try again later, correct ${variable}, ${instead}`,
        },
      }
    default:
      return plain
  }
}

function refusedByProxy(status: number, { url, variable }: ProxyInUse): Meaning {
  if (status === 407) {
    return {
      kind: 'proxy',
      message: `the proxy ${url} requires other credentials (407)`,
      hint: {
        unsent: `Nothing was sent. Set ${variable} to http://user:password@host:port with credentials that the proxy accepts; percent-encode reserved characters.`,
      },
    }
  }
  // A proxy that could not reach the gateway may reach it later.
  return {
    kind: status >= 500 ? 'unreachable' : 'proxy',
    message: `the proxy ${url} does not connect to the gateway (${status})`,
    hint: {
      unsent: `Nothing was sent. Check the region or base URL; have the proxy's operator allow the gateway's host, or exempt it in NO_PROXY.`,
    },
  }
}
