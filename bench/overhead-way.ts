/**
 * One way of sending one workload. `overhead.ts` starts a process for each and requests one round at a
 * time. In a separate process a way has its own memory and compiled code, as in a real program, and does
 * not collect the garbage of another way.
 *
 *     overhead-way.ts <insert|page> <http|undici|client|dispatcher|fetch> <origin> <connections>
 */
import { createClient } from '@chatlayer-tables/core'
import { Pool } from 'undici'
import { createBareHttp } from './bare-http.ts'
import { IDENTITY } from './server-process.ts'

/** A round of `seconds`, with `workers` calls at a time. */
export interface RoundOrder {
  readonly seconds: number
  readonly workers: number
}

export interface Round {
  /** Requests per second. */
  readonly rate: number
  /** Microseconds of the process's CPU for each request. */
  readonly cpu: number
}

const [workload, way, origin = '', connections] = process.argv.slice(2)
const { token, teamId, botId } = IDENTITY
const base = `/api/v1/teams/${teamId}/bots/${botId}/tables/x`
const paths = {
  insert: `${base}/action?version=DRAFT`,
  page: `${base}/data?version=DRAFT&limit=100&offset=0`,
}
const row = {
  iata: 'GNE',
  name: 'An airport of a town',
  city: 'Ghent',
  latitude: '51.05345678',
  longitude: '3.72194444',
}
/** The row on the wire. */
const action = {
  type: 'INSERT',
  fields: Object.entries(row).map(([columnName, value]) => ({
    columnName,
    columnType: columnName.endsWith('itude') ? 'numeric' : 'text',
    value,
  })),
}
const authorization = `Basic ${Buffer.from(token).toString('base64')}`
const headers = { authorization, accept: 'application/json' }
const post = {
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json' },
} as const

const call = await prepare()
process.on('message', async (order: RoundOrder) => process.send?.(await round(order)))
process.send?.('ready')
// Idle connections would keep the process running for a while.
process.once('disconnect', () => process.kill(process.pid))

/** The measured call, which sends one request. */
async function prepare(): Promise<() => Promise<unknown>> {
  const inserts = workload === 'insert'
  switch (way) {
    case 'http': {
      const bare = createBareHttp(origin, Number(connections))
      const get = { path: paths.page, method: 'GET', headers } as const
      return () =>
        bare.json(inserts ? { path: paths.insert, ...post, body: JSON.stringify(action) } : get)
    }
    case 'undici': {
      const pool = new Pool(origin, { connections: Number(connections) })
      const get = { path: paths.page, method: 'GET', headers } as const
      return async () => {
        const request = inserts
          ? { path: paths.insert, ...post, body: JSON.stringify(action) }
          : get
        return (await pool.request(request)).body.json()
      }
    }
    case 'fetch':
      return async () => {
        const request = inserts ? { ...post, body: JSON.stringify(action) } : { headers }
        return (await fetch(origin + (inserts ? paths.insert : paths.page), request)).json()
      }
    case 'client':
    case 'dispatcher': {
      const count = Number(connections)
      const client = createClient({
        baseUrl: origin,
        token,
        teamId,
        botId,
        connections: count,
        dispatcher: way === 'client' ? undefined : new Pool(origin, { connections: count }),
      })
      const table = client.table('x')
      const ours = inserts ? () => table.insert(row) : () => table.records({ limit: 100 }).toArray()
      await table.definition()
      const before = client.stats().sent
      await ours()
      // A call with several requests, or none, could not be compared.
      const sent = client.stats().sent - before
      if (sent !== 1) throw new Error(`one call took ${sent} requests`)
      return ours
    }
    default:
      throw new Error(`unknown way "${way}"; expected http, undici, client, dispatcher or fetch`)
  }
}

async function round({ seconds, workers }: RoundOrder): Promise<Round> {
  const cpuFrom = process.cpuUsage()
  const from = performance.now()
  const until = from + seconds * 1000
  let done = 0
  const work = async () => {
    while (performance.now() < until) {
      await call()
      done += 1
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  const { user, system } = process.cpuUsage(cpuFrom)
  return { rate: (done / (performance.now() - from)) * 1000, cpu: (user + system) / done }
}
