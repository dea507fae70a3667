/**
 * The cost of the journal in PostgreSQL, next to the one in SQLite, in turns within one run: rows a second
 * of inserts through the client at 20 ms latency, as a part of those with SQLite (at least 0.80 is the
 * goal). The server of PostgreSQL is on loopback, and each of its commits waits for the disk.
 *
 *     node bench/journal-postgres.ts [--rows 10000] [--rounds 5] [--latency 20]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { type Journal, openJournal } from '@chatlayer-tables/journal'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { SharedState } from '@chatlayer-tables/state/postgres'
import { AIRPORT_COLUMNS, airport } from './airport.ts'
import { startEmulator } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    latency: { type: 'string', default: '20' },
  },
})
const rowCount = Number(flags.rows)
const rounds = Number(flags.rounds)

const GOAL = 0.8
const KINDS = ['sqlite', 'postgres'] as const
type Kind = (typeof KINDS)[number]

interface Figures {
  readonly perSecond: number
  /** Microseconds of this process's CPU for each row. */
  readonly cpu: number
}

const folder = await mkdtemp(join(tmpdir(), 'bench-journal-'))
const seed = join(folder, 'seed')
const postgres = await startPostgres({ fsync: 'on' })
try {
  await mkdir(seed)
  await writeFile(join(seed, 'x.schema.json'), JSON.stringify({ columns: AIRPORT_COLUMNS }))
  console.log(`inserts of ${rowCount} rows at ${flags.latency} ms, ${rounds} rounds in turns`)
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round++) {
    // The second one runs on a warmer machine: they take turns in that too.
    const order = round % 2 === 1 ? KINDS : KINDS.toReversed()
    const figures = new Map<Kind, Figures>()
    for (const kind of order) figures.set(kind, await insertRows(kind))
    const [sqlite, other] = KINDS.map((kind) => figures.get(kind) as Figures) as [Figures, Figures]
    const ratio = other.perSecond / sqlite.perSecond
    ratios.push(ratio)
    console.log(
      `  round ${round}: ${shown(sqlite)} SQLite, ${shown(other)} PostgreSQL, ratio ${ratio.toFixed(3)}`,
    )
  }
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0
  const isMet = median >= GOAL
  console.log(`  median ratio ${median.toFixed(3)}; at least ${GOAL}: ${isMet ? 'met' : 'MISSED'}`)
  process.exitCode = isMet ? 0 : 1
} finally {
  await postgres.end()
  await rm(folder, { recursive: true })
}

function shown({ perSecond, cpu }: Figures): string {
  return `${Math.round(perSecond)} rows/s (${Math.round(cpu)} µs CPU each)`
}

async function insertRows(kind: Kind): Promise<Figures> {
  await using opened = await openState(kind, postgres)
  const server = await startEmulator(['--seed', seed, '--latency', flags.latency])
  const { origin, token, teamId, botId } = server
  const set = opened.journal.changeSet({ tool: 'bench', connection: { origin, teamId, botId } })
  const client = createClient({ baseUrl: origin, token, teamId, botId, onWrite: set })
  try {
    const rows = Array.from({ length: rowCount }, (_, n) => airport(n))
    const started = performance.now()
    const before = process.cpuUsage()
    let count = 0
    for await (const { status } of client.table('x').insertMany(rows))
      count += Number(status === 'ok')
    await set.close()
    if (count !== rowCount) throw new Error(`${count} rows were written`)
    const { user, system } = process.cpuUsage(before)
    return {
      perSecond: (rowCount * 1_000) / (performance.now() - started),
      cpu: (user + system) / rowCount,
    }
  } finally {
    await client.close()
    await server.stop()
  }
}

async function openState(
  kind: Kind,
  { url }: PostgresServer,
): Promise<{ journal: Journal } & AsyncDisposable> {
  const shared =
    kind === 'postgres'
      ? await SharedState.open({ address: url(), env: {}, folder, program: 'bench' })
      : undefined
  const journal = await openJournal(
    shared === undefined
      ? { folder: join(folder, 'journal') }
      : { store: await shared.journalStore() },
  )
  return {
    journal,
    async [Symbol.asyncDispose]() {
      await journal.close()
      await shared?.close()
    },
  }
}
