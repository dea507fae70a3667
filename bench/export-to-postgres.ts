/**
 * A table exported into an empty table of PostgreSQL, next to a read of the same table whose records
 * are dropped. The emulator and PostgreSQL are processes of their own.
 *
 *     node bench/export-to-postgres.ts [--records 100000] [--rounds 3]
 *
 * Prints records per second of the best of the rounds, and the growth of memory; fails when the export
 * is slower than 70% of the read, or memory grows with the records.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createClient } from '@chatlayer-tables/core'
import { exportToDatabase, openTarget } from '@chatlayer-tables/sources'
import { startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { airport } from './airport.ts'
import { startEmulator } from './server-process.ts'

const MIN_RATIO = 0.7
/** Held after a collection; one that held the records would need ten times this. */
const MAX_GROWTH_MB = 10

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
  },
})
const records = Number(flags.records)
const gateway = await startEmulator([])
const postgres = await startPostgres()
const { origin: baseUrl, token, teamId, botId } = gateway
const client = createClient({ baseUrl, token, teamId, botId })
const table = client.table('places')

/** Records that are put into the emulator at once. */
const CHUNK = 5_000

try {
  await fill()
  // Code is compiled and connections are open before the first measurement.
  await exportOnce('warm')
  const rates = { read: 0, export: 0 }
  const before = heldBytes()
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    rates.read = Math.max(rates.read, await rate(readOnce))
    rates.export = Math.max(rates.export, await rate(() => exportOnce(`t${round}`)))
  }
  const grown = (heldBytes() - before) / 2 ** 20
  const ratio = rates.export / rates.read
  console.log(`read      ${Math.round(rates.read)} records/s`)
  console.log(`export    ${Math.round(rates.export)} records/s, ${ratio.toFixed(2)} of the read`)
  console.log(`memory    grew by ${Math.round(grown)} MB`)
  process.exitCode = ratio >= MIN_RATIO && grown <= MAX_GROWTH_MB ? 0 : 1
} finally {
  await client.close()
  await gateway.stop()
  await postgres.end()
}

async function fill(): Promise<void> {
  const columns = Object.keys(airport(0)).map((name) => ({ name, type: 'text' }))
  await post('/_emulator/tables', { name: 'places', columns })
  for (let from = 0; from < records; from += CHUNK) {
    const length = Math.min(CHUNK, records - from)
    const chunk = Array.from({ length }, (_, at) => airport(from + at))
    await post('/_emulator/tables/places/records?version=DRAFT', chunk)
  }
}

async function post(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(gateway.origin + path, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} returned ${response.status}`)
}

function heldBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

async function rate(work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return (records * 1_000) / (performance.now() - from)
}

async function readOnce(): Promise<void> {
  let found = 0
  for await (const page of table.records().pages()) found += page.length
  if (found !== records) throw new Error(`${found} records were read`)
}

async function exportOnce(name: string): Promise<void> {
  await using session = await openTarget('postgres', {
    address: `${postgres.url()}#${name}`,
    env: {},
    lockFolder: '',
  })
  const { inserted } = await exportToDatabase({ client, table, session })
  if (inserted !== records) throw new Error(`${inserted} records were inserted`)
}
