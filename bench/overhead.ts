/**
 * What the client costs above its HTTP library: requests per second of inserts and of page reads
 * against bare `undici.request`, on the same server with as many connections, in rounds that take
 * turns. Also the built-in `fetch` in a `p-limit` loop, and one request at a time. Ratios, not
 * promises: the figures are this machine's.
 *
 *     node bench/overhead.ts [--seconds 2] [--rounds 5] [--connections 50]
 */
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import { startSink } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '50' },
    only: { type: 'string' },
  },
})
const seconds = Number(flags.seconds)
const rounds = Number(flags.rounds)
const connections = Number(flags.connections)

const server = await startSink()
const { origin, token, teamId, botId } = server

const authorization = `Basic ${Buffer.from(token).toString('base64')}`
const paths = {
  insert: `/api/v1/teams/${teamId}/bots/${botId}/tables/x/action?version=DRAFT`,
  page: `/api/v1/teams/${teamId}/bots/${botId}/tables/x/data?version=DRAFT&limit=100&offset=0`,
}
const row = {
  iata: 'GNE',
  name: 'An airport of a town',
  city: 'Ghent',
  latitude: '51.05345678',
  longitude: '3.72194444',
}
/** The row as it stands on the wire. */
const action = {
  type: 'INSERT',
  fields: Object.entries(row).map(([columnName, value]) => ({
    columnName,
    columnType: columnName.endsWith('itude') ? 'numeric' : 'text',
    value,
  })),
}
const headers = { authorization, accept: 'application/json' }
const jsonHeaders = { ...headers, 'content-type': 'application/json' }

const pool = new Pool(origin, { connections })
const client = createClient({ baseUrl: origin, token, teamId, botId, connections })
const table = client.table('x')

interface Way {
  readonly name: string
  readonly workers: number
  readonly once: () => Promise<unknown>
}

const limit = pLimit(connections)
const workloads: Record<string, Way[]> = {
  insert: [
    {
      name: 'undici.request',
      workers: connections,
      once: async () =>
        (
          await pool.request({
            path: paths.insert,
            method: 'POST',
            headers: jsonHeaders,
            body: JSON.stringify(action),
          })
        ).body.json(),
    },
    {
      name: 'this client',
      workers: connections,
      once: () => table.insert(row),
    },
    {
      name: 'fetch in p-limit',
      workers: connections,
      once: () =>
        limit(async () =>
          (
            await fetch(origin + paths.insert, {
              method: 'POST',
              headers: jsonHeaders,
              body: JSON.stringify(action),
            })
          ).json(),
        ),
    },
    {
      name: 'one at a time',
      workers: 1,
      once: async () =>
        (
          await fetch(origin + paths.insert, {
            method: 'POST',
            headers: jsonHeaders,
            body: JSON.stringify(action),
          })
        ).json(),
    },
  ],
  page: [
    {
      name: 'undici.request',
      workers: connections,
      once: async () =>
        (await pool.request({ path: paths.page, method: 'GET', headers })).body.json(),
    },
    {
      name: 'this client',
      workers: connections,
      once: () => table.records({ limit: 100 }).toArray(),
    },
    {
      name: 'fetch in p-limit',
      workers: connections,
      once: () => limit(async () => (await fetch(origin + paths.page, { headers })).json()),
    },
    {
      name: 'one at a time',
      workers: 1,
      once: async () => (await fetch(origin + paths.page, { headers })).json(),
    },
  ],
}

interface Rate {
  /** Requests per second. */
  readonly perSecond: number
  /** Microseconds of this process's CPU for each request: what a busy neighbour does not change. */
  readonly cpu: number
}

/** Runs for `seconds`, `way.workers` at a time. */
async function measure(way: Way): Promise<Rate> {
  const cpuFrom = process.cpuUsage()
  const from = performance.now()
  const until = from + seconds * 1000
  let done = 0
  await Promise.all(
    Array.from({ length: way.workers }, async () => {
      while (performance.now() < until) {
        await way.once()
        done += 1
      }
    }),
  )
  const { user, system } = process.cpuUsage(cpuFrom)
  return { perSecond: (done / (performance.now() - from)) * 1000, cpu: (user + system) / done }
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

for (const [workload, all] of Object.entries(workloads)) {
  const ways = all.filter(({ name }) => flags.only === undefined || name.includes(flags.only))
  const rates = new Map(ways.map((way) => [way, [] as Rate[]]))
  for (const way of ways) await measure({ ...way })
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) rates.get(way)?.push(await measure(way))
  }
  const bare = rates.get(ways[0] as Way) ?? []
  console.log(
    `\n${workload}, ${connections} connections, median of ${rounds} rounds of ${seconds} s`,
  )
  for (const way of ways) {
    const own = rates.get(way) ?? []
    const perSecond = median(own.map((rate) => rate.perSecond))
    const cpu = median(own.map((rate) => rate.cpu))
    const ratio = median(own.map((rate, n) => rate.perSecond / (bare[n]?.perSecond ?? Number.NaN)))
    console.log(
      `  ${way.name.padEnd(18)}${perSecond.toFixed(0).padStart(8)}/s ${cpu.toFixed(0).padStart(6)} µs CPU  ${ratio.toFixed(2)} of undici.request`,
    )
  }
}

await client.close()
await pool.close()
await server.stop()
