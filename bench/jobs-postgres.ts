/**
 * The cost of jobs that machines share, next to those of one machine, in turns within one run: an import
 * at 20 ms latency, with a PostgreSQL of its own on this machine. Rows a second with the job in PostgreSQL
 * as a part of those with the job in a folder alone; at least 90% is the goal.
 *
 *     node bench/jobs-postgres.ts [--rows 5000] [--rounds 5] [--latency 20]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { openState } from '@chatlayer-tables/state'
import { importFile } from '@chatlayer-tables/transfer'
import { airport } from './airport.ts'
import { startEmulator } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '5' },
    latency: { type: 'string', default: '20' },
  },
})
const rowCount = Number(flags.rows)
const rounds = Number(flags.rounds)

const GOAL = 0.9

const folder = await mkdtemp(join(tmpdir(), 'bench-jobs-'))
const server = await startPostgres()
try {
  await writeFile(join(folder, 'rows.csv'), csv(rowCount))
  console.log(`an import of ${rowCount} rows at ${flags.latency} ms, ${rounds} rounds in turns`)
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round++) {
    // The second one runs on a warmer machine: they take turns in that too.
    const isFirst = round % 2 === 1
    const one = await importRows(isFirst)
    const other = await importRows(!isFirst)
    const [shared, alone] = isFirst ? [one, other] : [other, one]
    const ratio = shared.perSecond / alone.perSecond
    ratios.push(ratio)
    console.log(
      `  round ${round}: ${shown(alone)} in a folder, ${shown(shared)} shared, ratio ${ratio.toFixed(3)}`,
    )
  }
  const median = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? 0
  const isMet = median >= GOAL
  console.log(`  median ratio ${median.toFixed(3)}; at least ${GOAL}: ${isMet ? 'met' : 'MISSED'}`)
  process.exitCode = isMet ? 0 : 1
} finally {
  await server.end()
  await rm(folder, { recursive: true })
}

interface Figures {
  readonly perSecond: number
  /** Microseconds of this process's CPU for each row; a busy machine changes it little. */
  readonly cpu: number
}

function shown({ perSecond, cpu }: Figures): string {
  return `${Math.round(perSecond)} rows/s (${Math.round(cpu)} µs CPU each)`
}

async function importRows(isShared: boolean): Promise<Figures> {
  const seed = await mkdtemp(join(folder, 'seed-'))
  const columns = ['iata', 'name', 'city'].map((name) => ({ name, type: 'text' }))
  const numbers = ['latitude', 'longitude'].map((name) => ({ name, type: 'numeric' }))
  await writeFile(
    join(seed, 'x.schema.json'),
    JSON.stringify({ columns: [...columns, ...numbers] }),
  )
  const gateway = await startEmulator(['--seed', seed, '--latency', flags.latency])
  const { origin, token, teamId, botId } = gateway
  await using state = await openState({
    folder: join(folder, 'state'),
    env: {},
    program: 'bench',
    address: isShared ? server.url() : undefined,
  })
  const client = createClient({ baseUrl: origin, token, teamId, botId })
  try {
    const store = await state.jobs()
    const started = performance.now()
    const before = process.cpuUsage()
    const report = await importFile({
      table: client.table('x'),
      connection: { origin, teamId, botId },
      store,
      input: { path: join(folder, 'rows.csv') },
      settings: { mode: 'insert' },
    })
    if (report.ok !== rowCount) throw new Error(`${report.ok} rows were written`)
    const { user, system } = process.cpuUsage(before)
    return {
      perSecond: (rowCount * 1_000) / (performance.now() - started),
      cpu: (user + system) / rowCount,
    }
  } finally {
    await client.close()
    await gateway.stop()
  }
}

function csv(count: number): string {
  const rows = Array.from({ length: count }, (_, n) => Object.values(airport(n)).join(','))
  return `${Object.keys(airport(0)).join(',')}\n${rows.join('\n')}\n`
}
