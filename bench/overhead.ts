/**
 * What the client costs above its HTTP library: requests per second of inserts and of page reads
 * against bare `undici.request`, on the same server with as many connections, in rounds that take
 * turns. Also the built-in `fetch` in a `p-limit` loop, and one request at a time. Ratios, not
 * promises: the figures are this machine's.
 *
 *     node bench/overhead.ts [--seconds 2] [--rounds 5] [--connections 50]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import { createSender } from '../packages/core/src/send/sender.ts'

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

const server = spawn(
  process.execPath,
  [fileURLToPath(new URL('sink-server.ts', import.meta.url))],
  {
    stdio: ['pipe', 'pipe', 'inherit'],
  },
)
const [line] = await once(server.stdout, 'data')
const origin = `http://127.0.0.1:${String(line).trim()}`

const authorization = `Basic ${Buffer.from('bench:bench-password').toString('base64')}`
const paths = {
  insert: '/api/v1/teams/t/bots/b/tables/x/action?version=DRAFT',
  page: '/api/v1/teams/t/bots/b/tables/x/data?version=DRAFT&limit=100&offset=0',
}
const action = {
  type: 'INSERT' as const,
  fields: [
    { columnName: 'iata', columnType: 'text' as const, value: 'GNE' },
    { columnName: 'name', columnType: 'text' as const, value: 'An airport of a town' },
    { columnName: 'city', columnType: 'text' as const, value: 'Ghent' },
    { columnName: 'latitude', columnType: 'numeric' as const, value: '51.05345678' },
    { columnName: 'longitude', columnType: 'numeric' as const, value: '3.72194444' },
  ],
}
const headers = { authorization, accept: 'application/json' }
const jsonHeaders = { ...headers, 'content-type': 'application/json' }

const pool = new Pool(origin, { connections })
const sender = createSender({
  connection: { origin, prefix: '/api/v1', teamId: 't', botId: 'b' },
  authorization,
  connections,
})

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
      once: () =>
        sender.send('performTableAction', {
          params: { tableId: 'x' },
          query: { version: 'DRAFT' },
          body: action,
        }),
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
      once: () =>
        sender.send('getTableData', {
          params: { tableId: 'x' },
          query: { version: 'DRAFT', limit: 100, offset: 0 },
        }),
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

/** Requests per second over `seconds`, `way.workers` at a time. */
async function measure(way: Way): Promise<number> {
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
  return (done / (performance.now() - from)) * 1000
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

for (const [workload, all] of Object.entries(workloads)) {
  const ways = all.filter(({ name }) => flags.only === undefined || name.includes(flags.only))
  const rates = new Map(ways.map((way) => [way, [] as number[]]))
  for (const way of ways) await measure({ ...way })
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) rates.get(way)?.push(await measure(way))
  }
  const [bare] = ways
  const bareRates = bare && rates.get(bare)
  console.log(
    `\n${workload}, ${connections} connections, median of ${rounds} rounds of ${seconds} s`,
  )
  for (const way of ways) {
    const own = rates.get(way) ?? []
    const ratio = median(own.map((rate, round) => rate / (bareRates?.[round] ?? rate)))
    console.log(
      `  ${way.name.padEnd(18)}${median(own).toFixed(0).padStart(8)}/s  ${ratio.toFixed(2)} of undici.request`,
    )
  }
}

await sender.close()
await pool.close()
server.stdin.end()
