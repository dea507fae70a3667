/** The address that the server listens on. */
export interface Address {
  /** Without the brackets of an IPv6 address. */
  readonly host: string
  readonly port: number
}

const DEFAULT_ADDRESS: Address = { host: '127.0.0.1', port: 8808 }

const FORM =
  /^(?:(?<host>\[[0-9a-f:.]+\]|[\w.-]+):)?(?<port>\d{1,5})$|^(?<alone>\[[0-9a-f:.]+\]|[\w.-]+)$/i

/** `host:port`, a host, or a port alone; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  if (text === '') return DEFAULT_ADDRESS
  const found = FORM.exec(text)?.groups
  if (found === undefined) return undefined
  const host = (found.host ?? found.alone ?? DEFAULT_ADDRESS.host).replace(/^\[|\]$/g, '')
  const port = found.port === undefined ? DEFAULT_ADDRESS.port : Number(found.port)
  return port > 65_535 ? undefined : { host, port }
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** Whether the address means every interface, so that clients cannot use it as a host name. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** The host as written in a URL and in a Host header. */
export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
