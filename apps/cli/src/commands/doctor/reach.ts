/** Checks the network path to a gateway: proxy, DNS, connection, TLS and clock. */
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { isLoopback } from '@chatlayer-tables/contract'
import { type ProxyInUse, proxyFor } from '@chatlayer-tables/core'
import { EXIT } from '../../exit-codes.ts'
import { type Check, failed, failedBy, ok, skipped } from './check.ts'

export interface ReachOptions {
  readonly signal: AbortSignal
  /** Time limit of each step. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Environment variables that set a proxy. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * @param origin scheme, host and port; nothing else is sent there. With a proxy, only the path to the
 *   proxy is checked: the requests of the client show the rest.
 */
export async function reach(origin: string, options: ReachOptions): Promise<Check[]> {
  let proxy: ProxyInUse | undefined
  try {
    proxy = proxyFor(origin, options.env)
  } catch (error) {
    return [failedBy('proxy', error), ...skipRest('the proxy is unknown', 'dns')]
  }
  if (proxy === undefined) {
    return [ok('proxy', 'none for this gateway'), ...(await reachHost(new URL(origin), options))]
  }
  const found = ok('proxy', `${proxy.url}, from ${proxy.variable}`)
  const url = new URL(proxy.url)
  const name = await lookUp(url, options)
  if (name.status === 'failed') return [found, name, ...skipRest('the proxy name was not resolved')]
  const hint = `Check ${proxy.variable}, or add the gateway to NO_PROXY to connect directly.`
  const connection = await tryConnection(url, options, hint)
  const why =
    connection.status === 'failed' ? 'no connection' : 'not checked through a proxy; see sign-in'
  return [found, name, connection, skipped('tls', why), skipped('clock', why)]
}

async function reachHost(url: URL, options: ReachOptions): Promise<Check[]> {
  const name = await lookUp(url, options)
  if (name.status === 'failed') return [name, ...skipRest('the name was not resolved')]
  const connection = await tryConnection(url, options)
  if (connection.status === 'failed')
    return [name, connection, ...skipRest('no connection').slice(1)]
  const tls = await tryTls(url, options)
  if (tls.status === 'failed') return [name, connection, tls, skipped('clock', 'no connection')]
  return [name, connection, tls, await compareClocks(url, options)]
}

function skipRest(why: string, ...before: readonly string[]): Check[] {
  return [...before, 'connection', 'tls', 'clock'].map((name) => skipped(name, why))
}

async function lookUp({ hostname }: URL, options: ReachOptions): Promise<Check> {
  const host = withoutBrackets(hostname)
  if (isIP(host) !== 0) return skipped('dns', `${host} is an IP address`)
  try {
    const { address } = await withTimeout(lookup(host), options)
    return ok('dns', `${host} is ${address}`)
  } catch (error) {
    return failed(
      'dns',
      `${host} cannot be resolved (${codeOf(error)})`,
      `Check the region, base URL or proxy, and that this machine is online.${proxyHint(options)}`,
      EXIT.gateway,
    )
  }
}

/** @param hint replaces the hint for a gateway */
async function tryConnection(url: URL, options: ReachOptions, hint?: string): Promise<Check> {
  const began = performance.now()
  const socket = connect({ host: withoutBrackets(url.hostname), port: portOf(url) })
  try {
    await open(socket, 'connect', options)
    return ok('connection', `${url.host} after ${Math.round(performance.now() - began)} ms`)
  } catch (error) {
    const gatewayHint = isLoopback(url.hostname)
      ? 'Nothing listens there. Start the emulator (clt emulator), or fix the base URL.'
      : `Check the base URL, and that no firewall blocks the connection.${proxyHint(options)}`
    const found = `no connection to ${url.host} (${codeOf(error)})`
    return failed('connection', found, hint ?? gatewayHint, EXIT.gateway)
  } finally {
    socket.destroy()
  }
}

async function tryTls(url: URL, options: ReachOptions): Promise<Check> {
  if (url.protocol === 'http:') {
    return skipped('tls', 'plain HTTP, which is accepted on this machine only')
  }
  const host = withoutBrackets(url.hostname)
  const socket = connectTls({
    host,
    port: portOf(url),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  })
  try {
    await open(socket, 'secureConnect', options)
    return ok('tls', `${socket.getProtocol()}, certificate ${validity(socket)}`)
  } catch (error) {
    return failed(
      'tls',
      `no trusted connection to ${url.host} (${codeOf(error)})`,
      "This machine does not trust the certificate. If a proxy inspects TLS, set NODE_EXTRA_CA_CERTS=<file> with its certificate. Also check this machine's date.",
      EXIT.gateway,
    )
  } finally {
    socket.destroy()
  }
}

function validity(socket: TLSSocket): string {
  const until = Date.parse(socket.getPeerCertificate().valid_to)
  return Number.isNaN(until)
    ? 'trusted'
    : `valid until ${new Date(until).toISOString().slice(0, 10)}`
}

/** From this difference on, times of the gateway and of this machine are hard to compare. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000

async function compareClocks(url: URL, options: ReachOptions): Promise<Check> {
  try {
    const began = options.now()
    const date = await withTimeout(dateOf(url, options), options)
    const ended = options.now()
    const theirs = Date.parse(date ?? '')
    if (Number.isNaN(theirs)) return skipped('clock', 'the response has no date')
    return judgeClocks(theirs, (began + ended) / 2)
  } catch (error) {
    return skipped('clock', `the gateway does not respond (${codeOf(error)})`)
  }
}

/** @param theirs time of a Date header, which has whole seconds; both in milliseconds since 1970 */
export function judgeClocks(theirs: number, ours: number): Check {
  // The header has no fraction of a second; half a second is the best estimate.
  const apart = theirs + 500 - ours
  const seconds = Math.round(Math.abs(apart) / 1000)
  if (seconds <= 1) return ok('clock', "this machine's clock and the gateway's agree")
  const found = `this machine's clock is ${seconds} s ${apart > 0 ? 'behind' : 'ahead of'} the gateway's`
  return Math.abs(apart) < MAX_CLOCK_DIFFERENCE_MS
    ? ok('clock', found)
    : failed(
        'clock',
        found,
        "Set this machine's clock, preferably with a time service.",
        EXIT.unexpected,
      )
}

/** The Date header of the gateway's response to a HEAD request. */
function dateOf(url: URL, { signal }: ReachOptions): Promise<string | undefined> {
  const request = url.protocol === 'http:' ? requestHttp : requestHttps
  return new Promise((resolve, reject) => {
    request(url, { method: 'HEAD', signal, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.headers.date)
    })
      .on('error', reject)
      .end()
  })
}

async function open(socket: Socket, event: string, options: ReachOptions): Promise<void> {
  await withTimeout(once(socket, event, { signal: options.signal }), options)
}

async function withTimeout<T>(work: Promise<T>, { timeoutMs, signal }: ReachOptions): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    reject,
    timeoutMs,
    Object.assign(new Error('late'), { code: 'ETIMEDOUT' }),
  )
  const stop = () => reject(signal.reason)
  signal.addEventListener('abort', stop)
  // After a timeout, the result of the work is ignored.
  work.catch(() => undefined)
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port)
}

/** Removes the brackets around an IPv6 address in a URL. */
function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** @throws the error itself if it has no code, such as an interruption */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  if (error instanceof Error && 'code' in error) return String(error.code)
  throw error
}

function proxyHint({ env }: ReachOptions): string {
  const variable = ['ALL_PROXY', 'all_proxy'].find((name) => env[name])
  return variable === undefined ? '' : ` ${variable} is not supported: set HTTPS_PROXY.`
}
