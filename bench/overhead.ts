/**
 * What the client costs above its HTTP library: inserts and page reads through the public API
 * against bare `undici.request`, which builds the same body and parses the same answer, on the same
 * server with as many connections. The two take turns in many short rounds, and the ratio is the
 * median of the rounds' ratios, so that a busy neighbour weighs on both alike. CPU time for each
 * request is steadier still. Beside them the built-in `fetch` in a `p-limit` loop, and one request
 * at a time.
 *
 *     node bench/overhead.ts [insert] [page] [--seconds 0.3] [--rounds 21] [--connections 50]
 */
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import pLimit from 'p-limit'
import { Pool } from 'undici'
import { startSink } from './server-process.ts'

const TARGET = 0.8

const { values: flags, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '0.3' },
    rounds: { type: 'string', default: '21' },
    connections: { type: 'string', default: '50' },
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
const post = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } }

const pool = new Pool(origin, { connections })
const client = createClient({ baseUrl: origin, token, teamId, botId, connections })
const table = client.table('x')
const limit = pLimit(connections)

interface Way {
  readonly name: string
  readonly workers: number
  readonly once: () => Promise<unknown>
}

interface Workload {
  readonly bare: () => Promise<unknown>
  readonly client: () => Promise<unknown>
  readonly fetch: () => Promise<unknown>
}

const WORKLOADS: Record<string, Workload> = {
  insert: {
    bare: async () => {
      const body = JSON.stringify(action)
      return (await pool.request({ path: paths.insert, ...post, method: 'POST', body })).body.json()
    },
    client: () => table.insert(row),
    fetch: async () => {
      const body = JSON.stringify(action)
      return (await fetch(origin + paths.insert, { ...post, body })).json()
    },
  },
  page: {
    bare: async () =>
      (await pool.request({ path: paths.page, method: 'GET', headers })).body.json(),
    client: () => table.records({ limit: 100 }).toArray(),
    fetch: async () => (await fetch(origin + paths.page, { headers })).json(),
  },
}

interface Round {
  /** Requests per second. */
  readonly rate: number
  /** Microseconds of this process's CPU for each request. */
  readonly cpu: number
}

for (const name of asked.length > 0 ? asked : Object.keys(WORKLOADS)) {
  const workload = WORKLOADS[name]
  if (workload === undefined) throw new Error(`there is no workload "${name}"`)
  await compare(name, workload)
}

await client.close()
await pool.close()
await server.stop()

async function compare(name: string, workload: Workload): Promise<void> {
  const bare = { name: 'undici.request', workers: connections, once: workload.bare }
  const ours = { name: 'this client', workers: connections, once: workload.client }
  const others = [
    { name: 'fetch in p-limit', workers: connections, once: () => limit(workload.fetch) },
    { name: 'one at a time', workers: 1, once: workload.fetch },
  ]
  console.log(`${name}: ${connections} connections, ${rounds} rounds of ${seconds} s`)
  await checkOneRequest(workload)
  await takeTurns([bare, ours], 4)
  tell(bare, [ours], await takeTurns([bare, ours], rounds), TARGET)
  // In turns of their own: the garbage of one way is not to be another's to collect.
  const few = Math.ceil(rounds / 3)
  tell(bare, others, await takeTurns([bare, ...others], few))
}

/** A call that took several requests, or none, would be measured against something else. */
async function checkOneRequest(workload: Workload): Promise<void> {
  await table.definition()
  const before = client.stats().sent
  await workload.client()
  const sent = client.stats().sent - before
  if (sent !== 1) throw new Error(`one call took ${sent} requests`)
}

/** Rounds by way; who begins a turn changes. */
async function takeTurns(ways: readonly Way[], turns: number): Promise<Map<Way, Round[]>> {
  const measured = new Map<Way, Round[]>(ways.map((way) => [way, []]))
  for (let turn = 0; turn < turns; turn++) {
    for (const way of turn % 2 === 0 ? ways : ways.toReversed()) {
      measured.get(way)?.push(await measure(way))
    }
  }
  return measured
}

/** Runs for `seconds`, `way.workers` at a time. */
async function measure(way: Way): Promise<Round> {
  const cpuFrom = process.cpuUsage()
  const from = performance.now()
  const until = from + seconds * 1000
  let done = 0
  const work = async () => {
    while (performance.now() < until) {
      await way.once()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: way.workers }, work))
  const { user, system } = process.cpuUsage(cpuFrom)
  return { rate: (done / (performance.now() - from)) * 1000, cpu: (user + system) / done }
}

function tell(
  bare: Way,
  ways: readonly Way[],
  measured: ReadonlyMap<Way, readonly Round[]>,
  target?: number,
): void {
  const base = measured.get(bare) ?? []
  for (const way of [bare, ...ways]) {
    const own = measured.get(way) ?? []
    const rate = median(own.map((round) => round.rate)).toFixed(0)
    const cpu = median(own.map((round) => round.cpu)).toFixed(0)
    const figures = `${way.name.padEnd(18)}${rate.padStart(8)}/s ${cpu.padStart(5)} µs CPU each`
    if (way === bare) {
      console.log(`  ${figures}`)
      continue
    }
    const byRate = median(own.map((round, n) => round.rate / (base[n]?.rate ?? Number.NaN)))
    const byCpu = median(own.map((round, n) => (base[n]?.cpu ?? Number.NaN) / round.cpu))
    const verdict =
      target === undefined ? '' : `, ${target} wanted: ${byRate >= target ? 'met' : 'MISSED'}`
    console.log(
      `  ${figures}   ${byRate.toFixed(2)} of undici.request by rate, ${byCpu.toFixed(2)} by CPU${verdict}`,
    )
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
