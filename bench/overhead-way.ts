/**
 * One way of sending one workload, in a process of its own: `overhead.ts` starts one for each and asks
 * for a round at a time. Alone in its process it has the memory and the compiled code that a program
 * of its kind would have; beside another way it would collect that one's garbage.
 *
 *     overhead-way.ts <insert|page> <bare|client|fetch> <origin> <connections>
 */
import { createClient } from '@chatlayer-tables/core'
import { Pool } from 'undici'
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
// Its connections are idle, and would keep it running for a while.
process.once('disconnect', () => process.kill(process.pid))

/** What is called again and again; each call takes one request. */
async function prepare(): Promise<() => Promise<unknown>> {
  const inserts = workload === 'insert'
  switch (way) {
    case 'bare': {
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
    case 'client': {
      const count = Number(connections)
      const client = createClient({ baseUrl: origin, token, teamId, botId, connections: count })
      const table = client.table('x')
      const ours = inserts ? () => table.insert(row) : () => table.records({ limit: 100 }).toArray()
      await table.definition()
      const before = client.stats().sent
      await ours()
      // A call that took several requests, or none, would be measured against something else.
      const sent = client.stats().sent - before
      if (sent !== 1) throw new Error(`one call took ${sent} requests`)
      return ours
    }
    default:
      throw new Error(`there is no way "${way}"`)
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
