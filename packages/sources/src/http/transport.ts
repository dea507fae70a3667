/** Sends single requests by undici: direct or through a proxy. Neither retries nor follows redirects. */
import type { Readable } from 'node:stream'
import { type ProxyRoute, proxyRoute } from '@chatlayer-tables/core'
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import { connectionError, proxyError } from './errors.ts'

export interface HttpTimeouts {
  readonly connectMs: number
  readonly headersMs: number
  /** Between two parts of a body. */
  readonly idleMs: number
}

export interface HttpResponse {
  readonly url: URL
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
  /** Makes an error of the body the error of this response. */
  readonly bodyError: (error: unknown) => Error
}

export class HttpTransport implements AsyncDisposable {
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #timeouts: HttpTimeouts
  readonly #dispatchers = new Map<string, [Dispatcher, ProxyRoute | undefined]>()

  constructor(environment: Readonly<Record<string, string | undefined>>, timeouts: HttpTimeouts) {
    this.#environment = environment
    this.#timeouts = timeouts
  }

  /**
   * Resolves when the headers have arrived.
   *
   * @throws HttpError when there is no response; the reason of the signal when it is aborted
   */
  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    place: string,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const [dispatcher, proxy] = this.#dispatcherOf(url.origin)
    const bodyError = (error: unknown): Error =>
      signal.aborted ? signal.reason : connectionError(error, place, url, proxy)
    let response: Dispatcher.ResponseData
    try {
      response = await request(url, { method: 'GET', dispatcher, headers, signal })
    } catch (error) {
      throw bodyError(error)
    }
    const { statusCode: status, body } = response
    // Whoever reads the body gets its error. One that is not read any more has none.
    body.on('error', () => {})
    if (status === 407 && proxy !== undefined) {
      body.destroy()
      throw proxyError(place, proxy, status)
    }
    return { url, status, headers: response.headers, body, bodyError }
  }

  #dispatcherOf(origin: string): [Dispatcher, ProxyRoute | undefined] {
    const known = this.#dispatchers.get(origin)
    if (known !== undefined) return known
    const proxy = proxyRoute(origin, this.#environment)
    const { connectMs, headersMs, idleMs } = this.#timeouts
    const options: Agent.Options = {
      connections: 1,
      // A response that ends early is detected by its length or chunks, which HTTP/2 does not have.
      allowH2: false,
      connect: { timeout: connectMs },
      headersTimeout: headersMs,
      bodyTimeout: idleMs,
      maxHeaderSize: 64 * 1024,
    }
    const made: [Dispatcher, ProxyRoute | undefined] = [
      proxy === undefined ? new Agent(options) : proxyAgent(proxy, options),
      proxy,
    ]
    this.#dispatchers.set(origin, made)
    return made
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#dispatchers.values()]
    this.#dispatchers.clear()
    await Promise.all(all.map(([dispatcher]) => dispatcher.destroy()))
  }
}

function proxyAgent({ url, credentials }: ProxyRoute, options: Agent.Options): ProxyAgent {
  const token = `Basic ${Buffer.from(credentials).toString('base64')}`
  return new ProxyAgent({ ...options, uri: url, ...(credentials !== '' && { token }) })
}
