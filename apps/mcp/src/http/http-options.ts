/** The flags of `--http`, apart from what the operator allows tools to do. */
import { type Address, inUrl, isLoopback, isWildcard, parseAddress } from './listen-address.ts'

export interface HttpSettings {
  readonly address: Address
  /** The URL of the endpoint as clients know it, where it is another than the address; as it was said. */
  readonly publicUrl: string | undefined
  /** Names that a request may call this server by, without ports. */
  readonly hosts: readonly string[]
  /** Hosts of the pages whose scripts may call. */
  readonly origins: readonly string[]
  /** Where tokens are kept; undefined for the usual place. */
  readonly tokenFile: string | undefined
  readonly oauth: OAuthSettings | undefined
  readonly maxBodyBytes: number
  /** Requests a minute for each token. */
  readonly ratePerMinute: number
  /** For reading a request, and again for answering it. */
  readonly requestTimeoutMs: number
}

export interface OAuthSettings {
  /** A URL, as it was said: issuers tell one with a slash at its end from one without. */
  readonly issuer: string
  /** What `aud` of a token must hold. */
  readonly audience: string
}

/** The flags that go with `--http`; all of them take a value. */
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
  /** Undefined when `--http` was not said: the server speaks on stdio then. */
  readonly http: HttpSettings | undefined
  /** What is left of the command line for others to read. */
  readonly rest: readonly string[]
}

/**
 * Takes the flags of this file out of a command line. Messages never quote a value.
 *
 * @throws HttpOptionsError
 */
export function splitHttpOptions(args: readonly string[]): Split {
  const { address, said, rest } = sort(args)
  const [first] = said.keys()
  if (address !== undefined) return { http: settingsOf(address, said), rest }
  if (first !== undefined) throw new HttpOptionsError(`--${first} goes with --http`)
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
  readonly said: ReadonlyMap<Flag, readonly string[]>
  readonly rest: readonly string[]
}

function sort(args: readonly string[]): Sorted {
  const rest: string[] = []
  const said = new Map<Flag, string[]>()
  let address: string | undefined
  const left = [...args]
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg) ?? []
    const flag = FLAGS.find((one) => one === name)
    if (name === 'http') {
      address = inline ?? (left[0]?.startsWith('-') === false ? left.shift() : '')
    } else if (flag !== undefined) {
      const value = inline ?? left.shift()
      if (!value) throw new HttpOptionsError(`--${flag} takes a value`)
      said.set(flag, [...(said.get(flag) ?? []), value])
    } else rest.push(arg)
  }
  return { address, said, rest }
}

function settingsOf(where: string, said: Sorted['said']): HttpSettings {
  const last = (flag: Flag): string | undefined => said.get(flag)?.at(-1)
  const all = (flag: Flag): string[] => (said.get(flag) ?? []).flatMap((one) => one.split(','))
  const address = parseAddress(where)
  if (address === undefined) throw new HttpOptionsError('--http takes host:port')
  const publicUrl = urlOf('public-url', last('public-url'))
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname]
  const named = [...all('allow-host'), ...publicHost]
  if (isWildcard(address.host) && named.length === 0) {
    throw new HttpOptionsError(
      'an address for every interface needs --public-url or --allow-host: the names that clients use',
    )
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
    ratePerMinute: numberOf('rate-limit', last('rate-limit'), 600, 'requests a minute'),
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
    throw new HttpOptionsError('--oauth-issuer needs --public-url, which clients ask tokens for')
  }
  return { issuer, audience: audience ?? publicUrl }
}

function urlOf(flag: Flag, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url !== undefined && isLoopback(url.hostname.replace(/^\[|\]$/g, ''))
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && local)) return text
  throw new HttpOptionsError(`--${flag} takes an https URL`)
}

function numberOf(flag: Flag, text: string | undefined, usual: number, unit: string): number {
  if (text === undefined) return usual
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new HttpOptionsError(`--${flag} takes a number of ${unit}`)
}
