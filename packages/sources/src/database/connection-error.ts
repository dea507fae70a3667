/** Errors of connections to databases, by the codes of Node. */
import { SideError } from '../side-error.ts'

/** How the parameters of a database are called. */
export interface ConnectionWords {
  /** Such as `PostgreSQL`. */
  readonly server: string
  /** Such as `sslmode=disable`: connects without encryption. */
  readonly plain: string
  /** Encrypts, and verifies nothing. */
  readonly unverified: string
  /** Verifies the certificate, but not its name. */
  readonly anyName: string
  /** The parameters of the trusted certificates, of the client's own and of its key. */
  readonly files: readonly [ca: string, cert: string, key: string]
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no server is listening there',
  ENOTFOUND: 'the host does not exist',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'it does not respond',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ENOENT: 'there is no socket there',
  EACCES: 'this user may not use the socket',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
}

const LASTING: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENOENT', 'EACCES'])

/**
 * @param code of the error; may be empty
 * @param name the safe name of the side
 */
export function connectionError(code: string, name: string, words: ConnectionWords): SideError {
  const [ca, cert, key] = words.files
  // The server's complaint about our certificate is one of these, with CERT in it.
  if (/^(?:ERR_SSL|ERR_OSSL|EPROTO)/.test(code)) {
    const message = `the encrypted connection to ${name} failed (${code})`
    return new SideError('SIDE_UNREACHABLE', message, {
      hint: `Check the files of ${ca}, ${cert} and ${key}, and that the server is a ${words.server}.`,
    })
  }
  if (/CERT|SIGNATURE|ISSUER|^ERR_TLS/.test(code)) return certificateError(code, name, words)
  if (code === 'ERR_STRING_TOO_LONG') {
    return new SideError('SIDE_FAILED', `${name} has a value that is too long to be read`, {
      hint: 'Read the other columns or rows with a query.',
    })
  }
  const reason = NETWORK[code] ?? `the connection failed${/^\w+$/.test(code) ? ` (${code})` : ''}`
  return new SideError('SIDE_UNREACHABLE', `${name} cannot be reached: ${reason}`, {
    isTransient: !LASTING.has(code),
    hint: LASTING.has(code) || code === 'ECONNREFUSED' ? 'Check host and port.' : undefined,
  })
}

/** A server that has no encryption, which the settings require. */
export function noEncryption(name: string, { plain }: ConnectionWords): SideError {
  return new SideError('SIDE_UNREACHABLE', `${name} does not offer encryption (TLS)`, {
    hint: `Pass ${plain} to connect without encryption, if the network is trusted.`,
  })
}

function certificateError(code: string, name: string, words: ConnectionWords): SideError {
  const [problem, hint] =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? [
          'is for another host',
          `Connect by the name in the certificate. With ${words.anyName} the name is not checked.`,
        ]
      : code === 'CERT_HAS_EXPIRED'
        ? ['has expired', 'The server needs a new certificate.']
        : [
            'is of an authority that is not trusted',
            `Pass the file of its authority as ${words.files[0]}=FILE, or set NODE_EXTRA_CA_CERTS. ${words.unverified} connects without a check.`,
          ]
  const message = `the certificate of ${name} ${problem} (${code})`
  return new SideError('SIDE_UNREACHABLE', message, { hint })
}
