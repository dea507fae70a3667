/**
 * The cost of the journal, next to the same writes without it, in turns within one run:
 *
 * - an import at 20 ms latency: rows a second with the journal as a part of those without, whole and
 *   once warmed up (at most 15% less is the goal);
 * - a single update by id: requests (at most one more, for the present record) and milliseconds.
 *
 *     node bench/journal.ts [--rows 10000] [--rounds 5] [--latency 20]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, createClient } from '@chatlayer-tables/core'
import { openJournal } from '@chatlayer-tables/journal'
import { importFile, JobStore } from '@chatlayer-tables/transfer'
import { airport } from './airport.ts'
import { type BenchServer, startEmulator } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    latency: { type: 'string', default: '20' },
  },
})
const rowCount = Number(flags.rows)
const rounds = Number(flags.rounds)

const GOAL = 0.85
const UPDATES = 200

const folder = await mkdtemp(join(tmpdir(), 'bench-journal-'))
try {
  await writeFile(join(folder, 'rows.csv'), csv(rowCount))
  const isMet = await compareImports()
  await compareUpdates()
  process.exitCode = isMet ? 0 : 1
} finally {
  await rm(folder, { recursive: true })
}

async function compareImports(): Promise<boolean> {
  console.log(`an import of ${rowCount} rows at ${flags.latency} ms, ${rounds} rounds in turns`)
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round++) {
    // The second one runs on a warmer machine: they take turns in that too.
    const isFirst = round % 2 === 1
    const one = await importRows(isFirst)
    const other = await importRows(!isFirst)
    const [journaled, bare] = isFirst ? [one, other] : [other, one]
    const ratio = journaled.perSecond / bare.perSecond
    ratios.push(ratio)
    console.log(
      `  round ${round}: ${shown(bare)} bare, ${shown(journaled)} journaled, ratio ${ratio.toFixed(3)}`,
    )
  }
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0
  const isMet = median >= GOAL
  console.log(`  median ratio ${median.toFixed(3)}; at least ${GOAL}: ${isMet ? 'met' : 'MISSED'}`)
  return isMet
}

interface Figures {
  readonly perSecond: number
  /** Microseconds of this process's CPU for each row; a busy machine changes it little. */
  readonly cpu: number
}

function shown({ perSecond, cpu }: Figures): string {
  return `${Math.round(perSecond)} rows/s (${Math.round(cpu)} µs CPU each)`
}

function importRows(isJournaled: boolean): Promise<Figures> {
  return withTable(
    isJournaled,
    ['--latency', flags.latency],
    async (client, { origin, teamId, botId }) => {
      const started = performance.now()
      const before = process.cpuUsage()
      const report = await importFile({
        table: client.table('x'),
        connection: { origin, teamId, botId },
        store: new JobStore(join(folder, 'jobs')),
        input: { path: join(folder, 'rows.csv') },
        settings: { mode: 'insert' },
      })
      if (report.ok !== rowCount) throw new Error(`${report.ok} rows were written`)
      const { user, system } = process.cpuUsage(before)
      return {
        perSecond: (rowCount * 1_000) / (performance.now() - started),
        cpu: (user + system) / rowCount,
      }
    },
  )
}

async function compareUpdates(): Promise<void> {
  console.log(`${UPDATES} updates by id, one after the other, no latency`)
  const bare = await updateOneByOne(false)
  const journaled = await updateOneByOne(true)
  for (const [name, { requests, ms }] of Object.entries({ bare, journaled })) {
    console.log(`  ${name.padEnd(9)} ${requests.toFixed(2)} requests, ${ms.toFixed(2)} ms each`)
  }
  console.log(`  ${(journaled.requests - bare.requests).toFixed(2)} requests more with the journal`)
}

function updateOneByOne(isJournaled: boolean): Promise<{ requests: number; ms: number }> {
  return withTable(isJournaled, [], async (client) => {
    const table = client.table('x')
    const { id = '' } = await table.insert(airport(1))
    await table.updateOne(id, { city: 'warm' })
    const before = client.stats().sent
    const started = performance.now()
    for (let n = 0; n < UPDATES; n++) await table.updateOne(id, { city: `city ${n}` })
    return {
      requests: (client.stats().sent - before) / UPDATES,
      ms: (performance.now() - started) / UPDATES,
    }
  })
}

async function withTable<T>(
  isJournaled: boolean,
  emulatorFlags: readonly string[],
  work: (client: Client, server: BenchServer) => Promise<T>,
): Promise<T> {
  const seed = await mkdtemp(join(folder, 'seed-'))
  const columns = ['iata', 'name', 'city'].map((name) => ({ name, type: 'text' }))
  const numbers = ['latitude', 'longitude'].map((name) => ({ name, type: 'numeric' }))
  await writeFile(
    join(seed, 'x.schema.json'),
    JSON.stringify({ columns: [...columns, ...numbers] }),
  )
  const server = await startEmulator(['--seed', seed, ...emulatorFlags])
  const { origin, token, teamId, botId } = server
  const journal = isJournaled ? await openJournal({ folder: join(folder, 'journal') }) : undefined
  const set = journal?.changeSet({ tool: 'bench', connection: { origin, teamId, botId } })
  const client = createClient({ baseUrl: origin, token, teamId, botId, onWrite: set })
  try {
    return await work(client, server)
  } finally {
    await client.close()
    await set?.close()
    await journal?.close()
    await server.stop()
  }
}

function csv(count: number): string {
  const rows = Array.from({ length: count }, (_, n) => Object.values(airport(n)).join(','))
  return `${Object.keys(airport(0)).join(',')}\n${rows.join('\n')}\n`
}
