/**
 * undici 8 against undici 7: POSTs of a 300-byte JSON body over 50 connections, through `request()`
 * and through the bare `dispatch()` below it. The majors take turns within each round, so
 * other load slows both; the figure of each is the median over the rounds.
 *
 *     npm run bench undici-majors -- [--rounds 9] [--seconds 1.5] [--connections 50]
 */
import { parseArgs } from 'node:util'
import { Pool as Pool8 } from 'undici'
import { Pool as Pool7 } from 'undici-7'
import { startSink } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '1.5' },
    connections: { type: 'string', default: '50' },
  },
})
const rounds = Number(flags.rounds)
const seconds = Number(flags.seconds)
const connections = Number(flags.connections)

const body = JSON.stringify({ type: 'INSERT', fields: [{ value: 'x'.repeat(256) }] })
const post = {
  method: 'POST',
  path: '/',
  headers: { 'content-type': 'application/json' },
  body,
} as const

interface Way {
  readonly name: string
  readonly once: () => Promise<unknown>
  /** Requests a second, and microseconds of this process's CPU for each, one a round. */
  readonly rates: number[]
  readonly costs: number[]
}

const server = await startSink()

const pool7 = new Pool7(server.origin, { connections })
const pool8 = new Pool8(server.origin, { connections })

const ways: Way[] = [
  way('undici 7 request', async () => (await pool7.request(post)).body.text()),
  way('undici 8 request', async () => (await pool8.request(post)).body.text()),
  way('undici 7 dispatch', () => dispatch(pool7)),
  way('undici 8 dispatch', () => dispatch(pool8)),
]

for (const { once } of ways) await measure(once, 0.5)
for (let round = 0; round < rounds; round += 1) {
  const order = round % 2 === 0 ? ways : ways.toReversed()
  for (const way of order) {
    const { rate, cost } = await measure(way.once, seconds)
    way.rates.push(rate)
    way.costs.push(cost)
  }
}
await Promise.all([pool7.close(), pool8.close()])
await server.stop()

console.log(
  `POST of ${body.length} bytes, ${connections} connections, Node ${process.version}, ` +
    `median of ${rounds} rounds of ${seconds} s (lowest-highest)`,
)
for (const { name, rates, costs } of ways) {
  const range = `${Math.round(Math.min(...rates))}-${Math.round(Math.max(...rates))}`
  console.log(
    `${name.padEnd(18)} ${Math.round(median(rates))} requests/s (${range}), ` +
      `${median(costs).toFixed(1)} µs CPU each`,
  )
}
for (const kind of ['request', 'dispatch']) {
  const ratio = rateOf(`undici 8 ${kind}`) / rateOf(`undici 7 ${kind}`)
  console.log(`8 to 7, ${kind}: ${ratio.toFixed(3)}`)
}

function way(name: string, once: () => Promise<unknown>): Way {
  return { name, once, rates: [], costs: [] }
}

/** Keeps every connection busy for a while. */
async function measure(
  send: () => Promise<unknown>,
  duration: number,
): Promise<{ rate: number; cost: number }> {
  let sent = 0
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const end = start + duration * 1000
  const worker = async () => {
    while (performance.now() < end) {
      await send()
      sent += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  const cpu = process.cpuUsage(cpuBefore)
  return {
    rate: (sent / (performance.now() - start)) * 1000,
    cost: (cpu.user + cpu.system) / sent,
  }
}

/** The minimum of a client: collect the chunks, join them, decode them. */
function dispatch(pool: Pool7 | Pool8): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    pool.dispatch(post, {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData(_controller, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        resolve(Buffer.concat(chunks).toString())
      },
      onResponseError(_controller, error) {
        reject(error)
      },
    })
  })
}

function rateOf(name: string): number {
  return median(ways.find((way) => way.name === name)?.rates ?? [])
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
