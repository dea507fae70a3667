/**
 * A bare HTTP server behind the real `@nestjs/throttler`: its storage counts, and the headers are
 * those that its guard sets. Answers INSERTs by an empty object. Its only argument is a
 * {@link ThrottlerSetting} as JSON. Prints its port on one line; ends when its standard input does.
 */
import 'reflect-metadata'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ThrottlerStorageService } from '@nestjs/throttler'

export interface ThrottlerSetting {
  /** None: no limit. */
  readonly throttlers: readonly {
    readonly name: string
    readonly limit: number
    readonly ttl: number
  }[]
  /** A plain window before the throttlers: what it refuses is not counted. */
  readonly window?: {
    readonly kind: 'fixed' | 'sliding'
    readonly limit: number
    readonly windowMs: number
  }
  readonly headers: boolean
  readonly latencyMs: number
  /** The limits, some time after the first request, by this factor. */
  readonly change?: { readonly afterMs: number; readonly factor: number }
  /** Part of the requests that is refused by chance, without a header. */
  readonly chance?: number
}

const setting: ThrottlerSetting = JSON.parse(process.argv[2] ?? '')
const { throttlers, window, headers, latencyMs, change, chance = 0 } = setting
const storage = new ThrottlerStorageService()
let startedAt: number | undefined

/** When each request of the present window came. */
let times: number[] = []

/** Whether the plain window lets a request pass. */
function passWindow(response: ServerResponse): boolean {
  if (window === undefined) return true
  const { kind, limit, windowMs } = window
  const now = performance.now()
  const startOf = (time: number) => Math.floor(time / windowMs)
  const from = kind === 'fixed' ? startOf(now) * windowMs : now - windowMs
  const first = times.findIndex((time) => time > from)
  times = first === -1 ? [] : times.slice(first)
  if (times.length < limit) {
    times.push(now)
    return true
  }
  const endsAt = kind === 'fixed' ? from + windowMs : (times[0] ?? now) + windowMs
  if (headers) response.setHeader('Retry-After', Math.ceil((endsAt - now) / 1000))
  return false
}

/** As the guard does it; whether the request may pass. */
async function pass(response: ServerResponse): Promise<boolean> {
  startedAt ??= Date.now()
  const changed = change !== undefined && Date.now() - startedAt > change.afterMs
  for (const { name, ttl, ...rest } of throttlers) {
    const limit = rest.limit * (changed ? change.factor : 1)
    const hit = await storage.increment(name, ttl, limit, ttl, name)
    const suffix = name === 'default' ? '' : `-${name}`
    if (hit.isBlocked) {
      if (headers) response.setHeader(`Retry-After${suffix}`, hit.timeToBlockExpire)
      return false
    }
    if (!headers) continue
    response.setHeader(`X-RateLimit-Limit${suffix}`, limit)
    response.setHeader(`X-RateLimit-Remaining${suffix}`, Math.max(0, limit - hit.totalHits))
    response.setHeader(`X-RateLimit-Reset${suffix}`, hit.timeToExpire)
  }
  return true
}

const columns = ['iata', 'name', 'city', 'latitude', 'longitude'].map((name) => ({
  name,
  type: 'text',
}))
const tables = JSON.stringify({
  data: [{ id: 'x', botId: 'b', name: 'x', description: '', columns }],
})

const server = createServer((request, response) => {
  request.resume().on('end', async () => {
    response.setHeader('content-type', 'application/json')
    if (request.method === 'GET') {
      response.writeHead(200).end(tables)
      return
    }
    if (Math.random() < chance || !passWindow(response) || !(await pass(response))) {
      response.writeHead(429).end('{"statusCode":429,"message":"ThrottlerException"}')
      return
    }
    await sleep(latencyMs)
    response.writeHead(200).end('{"data":[],"meta":{"total":1,"limit":1,"offset":0}}')
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
process.stdin.resume().on('end', () => {
  server.closeAllConnections()
  server.close()
  storage.onApplicationShutdown()
})
