/**
 * Reading a million rows of PostgreSQL as a side, next to bare cursors of `pg` and of `postgres`, each in a process
 * of its own, in turns. Fails when the side reads fewer than 100,000 rows/s and is also slower than 70%
 * of the bare cursor of its library, or when its memory grows with the rows. See
 * docs/decisions/0052-libraries-for-databases.md.
 *
 *     node bench/sources.ts [--rows 1000000] [--rounds 2]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openSide } from '@chatlayer-tables/sources'
import { startPostgres } from '@chatlayer-tables/sources/test-postgres'
import pg from 'pg'
import Cursor from 'pg-cursor'
import postgres from 'postgres'

const BATCH = 1_000
const MIN_PER_SECOND = 100_000
const MIN_RATIO = 0.7
/** A tenth of the rows must take almost as much memory as all of them. */
const MAX_GROWTH = 1.5
const COLUMNS = 'id, code, name, city, price, opened, active, hours'

interface Figures {
  readonly perSecond: number
  readonly peakMb: number
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '2' },
  },
})
const rows = Number(flags.rows)

/** Each returns how many rows it has read. */
const WAYS: Record<string, (url: string, count: number) => Promise<number>> = {
  side: readSide,
  'pg-cursor': readCursor,
  postgres: readOther,
}
const [name = '', url = ''] = positionals
const way = WAYS[name]
if (way === undefined) await compare()
else await measure(way)

async function compare(): Promise<void> {
  const server = await startPostgres()
  try {
    await fill(server.url())
    console.log(`${rows} rows of 8 columns; the best of ${flags.rounds} rounds`)
    const best = new Map<string, Figures>()
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const each of Object.keys(WAYS)) {
        const figures = await inProcess(each, server.url(), rows)
        if (figures.perSecond > (best.get(each)?.perSecond ?? 0)) best.set(each, figures)
      }
    }
    const part = await inProcess('side', server.url(), rows / 10)
    for (const [each, { perSecond, peakMb }] of best) {
      console.log(
        `  ${each.padEnd(10)}${perSecond.toFixed(0).padStart(8)} rows/s ${peakMb.toFixed(0).padStart(5)} MB at most`,
      )
    }
    judge(best, part)
  } finally {
    await server.end()
  }
}

function judge(best: ReadonlyMap<string, Figures>, part: Figures): void {
  const side = best.get('side')
  const bare = best.get('pg-cursor')
  if (side === undefined || bare === undefined) throw new Error('nothing was measured')
  const ratio = side.perSecond / bare.perSecond
  const growth = side.peakMb / part.peakMb
  const isSlow = side.perSecond < MIN_PER_SECOND && ratio < MIN_RATIO
  const isGrowing = growth > MAX_GROWTH
  console.log(
    `  the side reads at ${ratio.toFixed(2)} of the bare cursor${isSlow ? `, less than ${MIN_RATIO}` : ''}`,
  )
  console.log(
    `  and takes ${growth.toFixed(2)} times the memory that a tenth of the rows takes${isGrowing ? `, more than ${MAX_GROWTH}` : ''}`,
  )
  if (isSlow || isGrowing) process.exitCode = 1
}

async function fill(at: string): Promise<void> {
  const client = new pg.Client(at)
  await client.connect()
  await client.query(`create unlogged table stores as
    select n as id, 'S' || n as code, 'Store number ' || n as name,
      (array['Ghent', 'Antwerp', 'Bruges', 'Liège'])[1 + n % 4] as city,
      (n % 10000)::numeric / 100 as price, timestamptz '2024-01-01' + n * interval '1 minute' as opened,
      n % 3 = 0 as active, jsonb_build_object('mon', '9-18', 'sat', n % 12) as hours
    from generate_series(1, ${rows}) n`)
  await client.query('vacuum analyze stores')
  await client.end()
}

async function inProcess(each: string, at: string, count: number): Promise<Figures> {
  const child = fork(fileURLToPath(import.meta.url), [each, at, '--rows', String(count)])
  const [figures] = await Promise.race([
    once(child, 'message') as Promise<[Figures]>,
    once(child, 'exit').then(([code]): never => {
      throw new Error(`${each} ended with ${code}`)
    }),
  ])
  return figures
}

/** Runs in the separate process. */
async function measure(read: (at: string, count: number) => Promise<number>): Promise<void> {
  // Loads the libraries, which is no part of reading.
  await read(url, 1)
  const started = performance.now()
  const count = await read(url, rows)
  const perSecond = (count * 1_000) / (performance.now() - started)
  if (count !== rows) throw new Error(`${count} of ${rows} rows were read`)
  const peakMb = process.resourceUsage().maxRSS / 1_024
  process.send?.({ peakMb, perSecond } satisfies Figures)
}

async function readSide(address: string, count: number): Promise<number> {
  const query = `select ${COLUMNS} from stores limit ${count}`
  await using side = await openSide('postgres', { address, query, env: {} })
  await using reading = await side.read()
  let lines = 0
  for await (const chunk of reading.bytes()) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1
  }
  return lines
}

async function readCursor(at: string, count: number): Promise<number> {
  const client = new pg.Client(at)
  await client.connect()
  const text = `select ${COLUMNS} from stores limit ${count}`
  const cursor = client.query(new Cursor(text, [], { rowMode: 'array' }))
  let seen = 0
  for (;;) {
    const batch = await cursor.read(BATCH)
    if (batch.length === 0) break
    seen += batch.length
  }
  await client.end()
  return seen
}

async function readOther(at: string, count: number): Promise<number> {
  const sql = postgres(at, { max: 1, ssl: false })
  let seen = 0
  const query = sql.unsafe(`select ${COLUMNS} from stores limit ${count}`).values()
  for await (const batch of query.cursor(BATCH)) seen += batch.length
  await sql.end()
  return seen
}
