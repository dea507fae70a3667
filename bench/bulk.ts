/**
 * The bulk writer with its default settings:
 *
 * - against a rate limit of 300 requests a second, as a fixed window and as a bucket, with and
 *   without headers: the share of the allowed rate that it reaches after a warm-up, and the share of
 *   429 responses;
 * - at 80 ms latency without a limit: the share of connections / latency that it reaches.
 *
 *     node bench/bulk.ts [limit] [latency]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@chatlayer-tables/core'
import { AIRPORT_COLUMNS, airport } from './airport.ts'
import { startEmulator } from './server-process.ts'

const CONNECTIONS = 64
const LIMIT = 300
const LIMITED_ROWS = 20_000
const LATENCY_MS = 80
const LATENCY_ROWS = 20_000
const WARM_UP_MS = 5_000

const PARTS: Record<string, () => Promise<void>> = { limit, latency }
const asked = process.argv.slice(2)
for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) {
  const part = PARTS[name]
  if (part === undefined) throw new Error(`unknown part "${name}"; expected limit or latency`)
  await part()
}

async function limit(): Promise<void> {
  console.log(`insertMany of ${LIMITED_ROWS} rows against ${LIMIT} requests/s`)
  for (const algorithm of ['window', 'bucket']) {
    for (const headers of ['none', 'retry-after-seconds', 'x-ratelimit-ms']) {
      const fault = { kind: 'rate-limit', perSecond: LIMIT, algorithm, headers }
      const figures = await withEmulator(['--fault', JSON.stringify(fault)], (client) =>
        insertAll(client, LIMITED_ROWS),
      )
      const name = `${algorithm}, ${headers === 'none' ? 'no headers' : headers}`
      const rate = percent(figures.warmPerSecond / LIMIT)
      console.log(
        `  ${name.padEnd(32)} ${rate} of the rate, ${percent(figures.throttled)} of responses are 429`,
      )
    }
  }
}

async function latency(): Promise<void> {
  const ideal = (CONNECTIONS * 1_000) / LATENCY_MS
  const figures = await withEmulator(['--latency', String(LATENCY_MS)], (client) =>
    insertAll(client, LATENCY_ROWS),
  )
  console.log(`insertMany of ${LATENCY_ROWS} rows at ${LATENCY_MS} ms, ${CONNECTIONS} connections`)
  console.log(
    `  ${Math.round(figures.warmPerSecond)} rows/s, ${percent(figures.warmPerSecond / ideal)} of connections / latency`,
  )
}

interface Figures {
  /** Rows a second once warmed up. */
  readonly warmPerSecond: number
  /** The share of 429 responses. */
  readonly throttled: number
}

async function insertAll(client: Client, count: number): Promise<Figures> {
  const started = performance.now()
  let ok = 0
  let warm: { at: number; ok: number } | undefined
  for await (const outcome of client.table('x').insertMany(rows(count))) {
    if (outcome.status !== 'ok') throw outcome.error
    ok++
    const now = performance.now()
    if (now - started > WARM_UP_MS) warm ??= { at: now, ok }
  }
  const ended = performance.now()
  const { sent, throttled } = client.stats()
  const from = warm ?? { at: started, ok: 0 }
  return {
    warmPerSecond: ((ok - from.ok) * 1_000) / (ended - from.at),
    throttled: throttled / sent,
  }
}

async function* rows(count: number) {
  for (let n = 0; n < count; n++) yield airport(n)
}

async function withEmulator(flags: string[], work: (client: Client) => Promise<Figures>) {
  const seed = await mkdtemp(join(tmpdir(), 'bench-bulk-'))
  await writeFile(join(seed, 'x.schema.json'), JSON.stringify({ columns: AIRPORT_COLUMNS }))
  const server = await startEmulator(['--seed', seed, ...flags])
  const { origin, token, teamId, botId } = server
  const client = createClient({ baseUrl: origin, token, teamId, botId, connections: CONNECTIONS })
  try {
    return await work(client)
  } finally {
    await client.close()
    await server.stop()
    await rm(seed, { recursive: true })
  }
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`
}
