/**
 * Which proxy a gateway is reached through: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in lower or upper
 * case, read as undici's environment agent reads them (a test compares the two). A client has one
 * gateway, so this is decided once. Pure.
 */
import { isLoopback, parseBaseUrl } from '@chatlayer-tables/contract'
import { ConfigurationError } from '../errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A proxy as it may be shown. */
export interface ProxyInUse {
  /** Scheme, host and port; never the credentials. */
  readonly url: string
  /** The environment variable that names it. */
  readonly variable: string
}

export interface ProxyRoute extends ProxyInUse {
  /** `user:password`, empty without credentials: for the transport alone. */
  readonly credentials: string
}

/**
 * The proxy that a client with this base URL would use; undefined for a direct connection.
 *
 * @param baseUrl as in the client's options, or the `origin` of its connection
 * @throws ConfigurationError naming the variable when the proxy's URL is invalid, never its value
 */
export function proxyFor(
  baseUrl: string,
  environment: Environment = process.env,
): ProxyInUse | undefined {
  const route = proxyRoute(parseBaseUrl(baseUrl).origin, environment)
  return route && { url: route.url, variable: route.variable }
}

/** @throws ConfigurationError like {@link proxyFor} */
export function proxyRoute(origin: string, environment: Environment): ProxyRoute | undefined {
  const gateway = new URL(origin)
  const chosen = chosenVariable(gateway.protocol, environment)
  if (chosen === undefined || isExempt(gateway, environment)) return undefined
  const proxy = readProxy(chosen.variable, chosen.value)
  // No proxy elsewhere reaches this machine's loopback, and the token would go to it in plain text.
  if (isLoopback(gateway.hostname) && !isLoopback(proxy.hostname)) return undefined
  return {
    url: `${proxy.protocol}//${proxy.host}`,
    variable: chosen.variable,
    credentials: credentialsOf(proxy) ?? '',
  }
}

/** HTTP_PROXY serves https too where HTTPS_PROXY is not set. An empty variable names no proxy. */
function chosenVariable(
  protocol: string,
  environment: Environment,
): { variable: string; value: string } | undefined {
  const families = protocol === 'https:' ? ['https_proxy', 'http_proxy'] : ['http_proxy']
  for (const family of families) {
    const variable = environment[family] === undefined ? family.toUpperCase() : family
    const value = environment[variable]?.trim()
    if (value) return { variable, value }
  }
  return undefined
}

function readProxy(variable: string, value: string): URL {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`)
  if (url === null || url.hostname === '' || credentialsOf(url) === undefined) {
    throw invalidProxy(`${variable} is not a valid proxy URL`, variable)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalidProxy(`${variable} must name an http or https proxy`, variable)
  }
  return url
}

function invalidProxy(message: string, variable: string): ConfigurationError {
  return new ConfigurationError(message, {
    hint: `Set ${variable} to http://host:port or http://user:password@host:port (reserved characters percent-encoded), or add the gateway's host to NO_PROXY.`,
  })
}

/** `user:password`, empty without a user; undefined for what is not percent-encoded. */
function credentialsOf({ username, password }: URL): string | undefined {
  try {
    return username && `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

function isExempt(gateway: URL, environment: Environment): boolean {
  const list = environment.no_proxy ?? environment.NO_PROXY ?? ''
  const host = gateway.hostname.replace(/^\[(.+)\]$/, '$1').replace(/(.)\.$/, '$1')
  const port = Number(gateway.port) || DEFAULT_PORTS[gateway.protocol]
  return list
    .split(/[,\s]+/)
    .some((entry) => entry !== '' && entryMatches(entry.toLowerCase(), host, port))
}

/** `host`, `.host` and `host:port` match the host and those below it, `*.host` those below alone. */
function entryMatches(entry: string, host: string, port: number | undefined): boolean {
  const [, bracketed, plain, itsPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  // What has several colons and no brackets is an IPv6 address.
  const name = bracketed ?? plain ?? entry
  if (Number(itsPort) && Number(itsPort) !== port) return false
  if (name === '*') return true
  const suffix = name.replace(/^\*?\./, '').replace(/(.)\.$/, '$1')
  return host.endsWith(`.${suffix}`) || (host === suffix && !name.startsWith('*'))
}
