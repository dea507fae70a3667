/** Secrets that must not be written into `chatlayer.yaml`. */
import { hasReference, literalsOf } from './environment.ts'

const SECRET_HEADER = /^(?:proxy-)?authorization$|^cookie$|token|secret|password|api-?key/i

const SECRET_PARAMETERS: ReadonlySet<string> = new Set([
  ...['password', 'passwd', 'pwd', 'sslpassword', 'secret', 'client_secret', 'token'],
  ...['access_token', 'auth_token', 'api_key', 'apikey', 'api-key', 'key', 'sig', 'signature'],
])

/** A header with a secret must have it from the environment, and no default for it. */
export function isLiteralHeader(name: string, raw: string): boolean {
  return SECRET_HEADER.test(name) && isLiteral(raw)
}

/** The same for a query parameter. */
export function isLiteralParameter(name: string, raw: string): boolean {
  return SECRET_PARAMETERS.has(name.toLowerCase()) && isLiteral(raw)
}

/** Beside a reference there may be a word such as `Bearer`. `$NAME` is a reference in headers, too. */
function isLiteral(raw: string): boolean {
  const isReference = hasReference(raw) || /(?<!\$)\$[A-Za-z_]/.test(raw)
  return raw !== '' && (!isReference || literalsOf(raw).defaults.length > 0)
}

/**
 * What in an address is a secret that does not come from the environment: `password`, or the name of a
 * parameter. Undefined where there is none.
 *
 * @param raw as written
 */
export function secretInAddress(raw: string): string | undefined {
  const { rest } = literalsOf(raw)
  const [, scheme, authority = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^?#]*)/i.exec(rest) ?? []
  if (scheme !== undefined) {
    const login = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
    // A password with `/` in it; a port is a number, and an address may be in brackets.
    const isOdd = /^(?!\[)[^/@]*:(?!\d*(?:\/|$))[^/@]/.test(authority)
    const isApi = /^https?$/i.test(scheme)
    if (isApi ? login !== '' && !login.includes('/') : /:./.test(login) || isOdd) return 'password'
  }
  const query = /\?([^#]*)/.exec(raw)?.[1] ?? ''
  return query
    .split('&')
    .map((part) => part.split('=', 2))
    .find(([name = '', value = '']) => isLiteralParameter(name, value))?.[0]
}
