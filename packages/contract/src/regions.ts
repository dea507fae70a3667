/** The documented gateways. The Asia host is documented without the prefix that the others have. */
export const REGIONS = {
  eu: { title: 'Europe', origin: 'https://gateway.prod.europe-west1.gc.chatlayer.ai' },
  us: { title: 'United States', origin: 'https://gateway.prod.us-east4.gcp.chatlayer.ai' },
  sa: { title: 'South America', origin: 'https://gateway.prod.sa-east1.gcp.chatlayer.ai' },
  asia: { title: 'Asia', origin: 'https://gateway.prod.asia-south1.gcp.chatlayer.ai' },
} as const

export type Region = keyof typeof REGIONS

export const REGION_NAMES = Object.keys(REGIONS) as Region[]

export const API_PREFIX = '/api/v1'

export class BaseUrlError extends Error {
  override readonly name = 'BaseUrlError'
}

export interface Gateway {
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string
  /** Path before every operation's path, without a trailing slash. */
  readonly prefix: string
}

export function regionGateway(region: Region): Gateway {
  return { origin: REGIONS[region].origin, prefix: API_PREFIX }
}

/**
 * Parses a base URL: an origin, with or without the prefix `/api/v1`. Anything before the prefix is
 * kept (a gateway behind a path of a reverse proxy). Plain http is accepted for loopback hosts
 * only, since every request contains the token.
 *
 * @throws BaseUrlError with the problem, never with credentials from the URL
 */
export function parseBaseUrl(text: string): Gateway {
  const url = URL.parse(text.trim())
  if (url === null)
    throw new BaseUrlError('the base URL is not a URL; expected https://host[/api/v1]')
  if (url.username !== '' || url.password !== '') {
    throw new BaseUrlError('the base URL must not contain credentials; pass the token separately')
  }
  if (url.search !== '' || url.hash !== '') {
    throw new BaseUrlError('the base URL must not have a query or a fragment')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    // The message contains no part of the URL: a token passed by mistake parses as a URL, with its
    // user as the scheme.
    throw new BaseUrlError(
      'the base URL must be https; plain http is allowed for this machine only',
    )
  }
  const path = url.pathname.replace(/(?<!\/)\/+$/, '')
  return { origin: url.origin, prefix: path.endsWith(API_PREFIX) ? path : path + API_PREFIX }
}

/** Whether a URL's hostname is this machine: localhost and its subdomains, 127.0.0.0/8, ::1. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}
