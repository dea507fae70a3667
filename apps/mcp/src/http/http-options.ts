/** The options of `--http`. */
import { type Address, inUrl, isLoopback, isWildcard, parseAddress } from './listen-address.ts'

export interface HttpSettings {
  readonly address: Address
  /** The public URL of the endpoint, as given, if it differs from the address. */
  readonly publicUrl: string | undefined
  /** Host names of this server, without ports. */
  readonly hosts: readonly string[]
  /** Hosts of web pages that may call. */
  readonly origins: readonly string[]
  /** The token file; undefined for the default. */
  readonly tokenFile: string | undefined
  readonly oauth: OAuthSettings | undefined
  readonly maxBodyBytes: number
  /** Requests per minute and token. */
  readonly ratePerMinute: number
  /** Applies to reading a request, and again to handling it. */
  readonly requestTimeoutMs: number
}

export interface OAuthSettings {
  /** The URL as given: to issuers, a trailing slash makes a difference. */
  readonly issuer: string
  /** The required `aud` of a token. */
  readonly audience: string
}

/** The options that require `--http`; all take a value. */
const FLAGS = [
  'public-url',
  'allow-host',
  'allow-origin',
  'tokens',
  'oauth-issuer',
  'oauth-audience',
  'max-body',
  'rate-limit',
  'request-timeout',
] as const
type Flag = (typeof FLAGS)[number]

export interface Split {
  /** Undefined without `--http`: the server uses stdio. */
  readonly http: HttpSettings | undefined
  /** The other arguments. */
  readonly rest: readonly string[]
}

/**
 * Splits the options of this file from a command line. Messages never quote a value.
 *
 * @throws HttpOptionsError
 */
export function splitHttpOptions(args: readonly string[]): Split {
  const { address, given, rest } = sort(args)
  const [first] = given.keys()
  if (address !== undefined) return { http: settingsOf(address, given), rest }
  if (first !== undefined) throw new HttpOptionsError(`--${first} requires --http`)
  return { http: undefined, rest }
}

export class HttpOptionsError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HttpOptionsError'
  }
}

interface Sorted {
  readonly address: string | undefined
  readonly given: ReadonlyMap<Flag, readonly string[]>
  readonly rest: readonly string[]
}

function sort(args: readonly string[]): Sorted {
  const rest: string[] = []
  const given = new Map<Flag, string[]>()
  let address: string | undefined
  const remaining = [...args]
  for (let arg = remaining.shift(); arg !== undefined; arg = remaining.shift()) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? []
    const flag = FLAGS.find((one) => one === name)
    if (name === 'http') {
      address = inline ?? (remaining[0]?.startsWith('-') === false ? remaining.shift() : '')
    } else if (flag !== undefined) {
      const value = inline ?? remaining.shift()
      if (!value) throw new HttpOptionsError(`--${flag} requires a value`)
      given.set(flag, [...(given.get(flag) ?? []), value])
    } else rest.push(arg)
  }
  return { address, given, rest }
}

function settingsOf(where: string, given: Sorted['given']): HttpSettings {
  const last = (flag: Flag): string | undefined => given.get(flag)?.at(-1)
  const all = (flag: Flag): string[] => (given.get(flag) ?? []).flatMap((one) => one.split(','))
  const address = parseAddress(where)
  if (address === undefined) throw new HttpOptionsError('--http must be host:port')
  const publicUrl = urlOf('public-url', last('public-url'))
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname]
  const named = [...all('allow-host'), ...publicHost]
  if (isWildcard(address.host) && named.length === 0) {
    throw new HttpOptionsError('listening on every interface requires --public-url or --allow-host')
  }
  const own = isWildcard(address.host) ? [] : [inUrl(address.host)]
  return {
    address,
    publicUrl,
    hosts: [...LOCAL, ...own, ...named],
    origins: [
      ...(isLoopback(address.host) ? LOCAL : []),
      ...all('allow-origin').map((one) => (URL.canParse(one) ? new URL(one).hostname : one)),
      ...publicHost,
    ],
    tokenFile: last('tokens'),
    oauth: oauthOf(urlOf('oauth-issuer', last('oauth-issuer')), last('oauth-audience'), publicUrl),
    maxBodyBytes: numberOf('max-body', last('max-body'), 1_048_576, 'bytes'),
    ratePerMinute: numberOf('rate-limit', last('rate-limit'), 600, 'requests per minute'),
    requestTimeoutMs: numberOf('request-timeout', last('request-timeout'), 120, 'seconds') * 1_000,
  }
}

const LOCAL = ['localhost', '127.0.0.1', '[::1]']

function oauthOf(
  issuer: string | undefined,
  audience: string | undefined,
  publicUrl: string | undefined,
): OAuthSettings | undefined {
  if (issuer === undefined) return undefined
  if (publicUrl === undefined) {
    throw new HttpOptionsError('--oauth-issuer requires --public-url, the audience of the tokens')
  }
  return { issuer, audience: audience ?? publicUrl }
}

function urlOf(flag: Flag, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url !== undefined && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && local)) return text
  throw new HttpOptionsError(`--${flag} must be an https URL`)
}

function numberOf(flag: Flag, text: string | undefined, fallback: number, unit: string): number {
  if (text === undefined) return fallback
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new HttpOptionsError(`--${flag} must be a positive number of ${unit}`)
}
