/** Posts a small JSON document, for webhooks. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { isLoopback } from '@chatlayer-tables/contract'

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** For the proxies of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds before the second attempt; doubled before each further one (default: 1,000). */
  readonly delayMs?: number
}

const ATTEMPTS = 3
const TIMEOUT_MS = 10_000

/**
 * Sends the document, again after a server error or a lost connection. Follows no redirect.
 *
 * @throws Error if it was not accepted; its message does not contain the address, which is a secret
 */
export async function postJson(
  address: string,
  document: object,
  { headers = {}, env, delayMs = 1_000 }: PostOptions,
): Promise<void> {
  const url = parseWebhook(address)
  const body = JSON.stringify(document)
  for (let attempt = 1; ; attempt++) {
    const failure = await send(url, body, headers, env)
    if (failure === undefined) return
    if (attempt === ATTEMPTS || !failure.isTransient) {
      const times = attempt === 1 ? '' : `, tried ${attempt} times`
      throw new Error(`${failure.message}${times}`)
    }
    await sleep(delayMs * 2 ** (attempt - 1))
  }
}

function parseWebhook(address: string): URL {
  if (!URL.canParse(address)) throw new Error('the address is not a valid URL')
  const url = new URL(address)
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  if (!isSafe) throw new Error('the address must begin with https://')
  return url
}

interface SendFailure {
  readonly message: string
  readonly isTransient: boolean
}

async function send(
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  env: PostOptions['env'],
): Promise<SendFailure | undefined> {
  const isSecure = url.protocol === 'https:'
  const proxyEnv = isLoopback(url.hostname) ? undefined : env
  const settings = { proxyEnv } as object
  const agent = isSecure ? new HttpsAgent(settings) : new HttpAgent(settings)
  const options = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'chatlayer-tables',
      ...headers,
    },
    agent,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }
  const { promise, resolve } = Promise.withResolvers<SendFailure | undefined>()
  const request = (isSecure ? httpsRequest : httpRequest)(url, options, (response) => {
    const status = response.statusCode ?? 0
    response.resume()
    if (status >= 200 && status < 300) return resolve(undefined)
    const isTransient = status === 408 || status === 429 || status >= 500
    resolve({ message: `the server responded with ${status}`, isTransient })
  })
  request.on('error', (error) => resolve({ message: reasonOf(error), isTransient: true }))
  request.end(body)
  try {
    return await promise
  } finally {
    agent.destroy()
  }
}

/** Messages of the system name the host, and may name the address. */
function reasonOf(error: Error): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no response in time'
  const code = 'code' in error ? ` (${String(error.code)})` : ''
  return `the server could not be reached${code}`
}
