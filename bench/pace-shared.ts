/**
 * How processes of one token divide its rate limit through a database: real processes that write as
 * fast as they may, in front of the emulator's limit of 300 a second (bursts of 60, 20 ms), with
 * PostgreSQL from its npm package. Takes some ten minutes.
 *
 *     node bench/pace-shared.ts [part of a name]
 *
 * Measures 1, 2, 4 and 8 processes for 20 s each, with and without the database; four processes that
 * four others join after 8 s; eight of which four are killed; and four whose database is shut down.
 * Other limits are measured and not judged. Exits with 1 where a goal is missed: 90% of the limit,
 * under 3% refused, Jain's index of fairness of 0.95, and 5 s for a change to be made up for.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { airport } from './airport.ts'
import { jain, PaceProcess } from './pace-process.ts'
import { type BenchServer, startEmulator, startThrottler } from './server-process.ts'

const RUN_MS = 20_000
const LATE_MS = 3000
const GOALS = { used: 0.9, refused: 0.03, fairness: 0.95, changeMs: 5000 }
/** A rate is that of a second, and a share that of two. */
const WINDOW_MS = 1000
const SHARE_WINDOW_MS = 2000

interface Limit {
  readonly name: string
  readonly perSecond: number
  readonly start: () => Promise<BenchServer>
}

const BUCKET: Limit = {
  name: 'bucket 300/s',
  perSecond: 300,
  start: () => seeded({ perSecond: 300, burst: 60, headers: 'retry-after-seconds' }),
}
const OTHERS: readonly Limit[] = [
  {
    name: 'bucket 50/s',
    perSecond: 50,
    start: () => seeded({ perSecond: 50, burst: 50, headers: 'retry-after-seconds' }),
  },
  {
    name: 'throttler 300 per 1 s',
    perSecond: 300,
    start: () =>
      startThrottler({
        throttlers: [{ name: 'default', limit: 300, ttl: 1000 }],
        headers: true,
        latencyMs: 20,
      }),
  },
]

const postgres = await startPostgres()
let missed = 0
try {
  await measureAll()
} finally {
  PaceProcess.killAll()
  await postgres.end()
}
if (missed > 0) {
  console.log(`${missed} goals missed`)
  process.exitCode = 1
}

async function measureAll(): Promise<void> {
  const isChosen = (name: string) => process.argv.slice(2).every((part) => name.includes(part))
  console.log(`${' '.repeat(46)}whole run   later  refused  fairness`)
  const measureSteady = async (limit: Limit) => {
    for (const count of [1, 2, 4, 8]) {
      for (const address of [postgres.url(), undefined]) {
        if (address === undefined && count === 1) continue
        const name = `${limit.name}, ${count} processes${address === undefined ? ', no database' : ''}`
        if (isChosen(name)) await steady(name, limit, count, address)
      }
    }
  }
  await measureSteady(BUCKET)
  if (isChosen('join')) await joining()
  if (isChosen('killed')) await killed()
  if (isChosen('gone')) await databaseGone()
  for (const limit of OTHERS) await measureSteady(limit)
}

async function steady(
  name: string,
  limit: Limit,
  count: number,
  address: string | undefined,
): Promise<void> {
  await using server = await serve(limit)
  const clients = await startClients(count, server, address)
  const from = begin(clients)
  await sleep(RUN_MS)
  const to = Date.now()
  await end(clients)
  const all = usedOf(clients, from, to, limit)
  const late = usedOf(clients, from + LATE_MS, to, limit)
  const refused = refusedOf(clients)
  const fairness = jain(clients.map((client) => client.accepted(from, to)))
  const isJudged = limit === BUCKET && address !== undefined
  const misses = [
    all < GOALS.used && 'whole run',
    late < GOALS.used && 'later part',
    refused >= GOALS.refused && 'refused',
    fairness < GOALS.fairness && 'fairness',
  ].filter((miss) => miss !== false)
  report(
    `${name.padEnd(46)}${percent(all)} ${percent(late)} ${percent(refused)}    ${fairness.toFixed(3)}`,
    isJudged ? misses : [],
  )
}

async function joining(): Promise<void> {
  await using server = await serve(BUCKET)
  const first = await startClients(4, server, postgres.url())
  const later = await startClients(4, server, postgres.url())
  begin(first)
  await sleep(8000)
  const from = begin(later)
  await sleep(10_000)
  const to = Date.now()
  const clients = [...first, ...later]
  await end(clients)
  const equalMs = firstTime(from + SHARE_WINDOW_MS, to, (time) => {
    const shares = clients.map((client) => client.accepted(time - SHARE_WINDOW_MS, time))
    return jain(shares) >= GOALS.fairness
  })
  const reached = equalMs === undefined ? undefined : equalMs - from
  const used = usedOf(clients, from, to, BUCKET)
  const refused = refusedOf(clients)
  report(
    `four join four: equal shares after ${seconds(reached)}, ${percent(used)} of the limit meanwhile, ${percent(refused)} refused`,
    [
      (reached ?? Number.POSITIVE_INFINITY) > GOALS.changeMs && 'equal shares',
      used < GOALS.used && 'limit',
      refused >= GOALS.refused && 'refused',
    ].filter((miss) => miss !== false),
  )
}

async function killed(): Promise<void> {
  await using server = await serve(BUCKET)
  const clients = await startClients(8, server, postgres.url())
  begin(clients)
  await sleep(8000)
  for (const client of clients.slice(4)) client.kill()
  const from = Date.now()
  await sleep(10_000)
  const to = Date.now()
  const rest = clients.slice(0, 4)
  await end(rest)
  const end90 = firstTime(from + WINDOW_MS, to, (time) => {
    return usedOf(rest, time - WINDOW_MS, time, BUCKET) >= GOALS.used
  })
  const reached = end90 === undefined ? undefined : end90 - from
  const fairness = jain(rest.map((client) => client.accepted(from, to)))
  const refused = refusedOf(rest)
  const lost = 1 - usedOf(rest, from, to, BUCKET)
  report(
    `four of eight killed: the others reach 90% after ${seconds(reached)}, ${percent(lost)} of 10 s lost, ${percent(refused)} refused`,
    [
      (reached ?? Number.POSITIVE_INFINITY) > GOALS.changeMs && '90%',
      fairness < GOALS.fairness && 'fairness',
      refused >= GOALS.refused && 'refused',
    ].filter((miss) => miss !== false),
  )
}

/** A database of its own, which is shut down. */
async function databaseGone(): Promise<void> {
  await using server = await serve(BUCKET)
  const database = await startPostgres()
  const clients = await startClients(4, server, database.url())
  begin(clients)
  await sleep(8000)
  await database.end()
  const from = Date.now()
  await sleep(12_000)
  const to = Date.now()
  await end(clients)
  const used = usedOf(clients, from, to, BUCKET)
  const refused = refusedOf(clients)
  report(
    `the database is shut down: ${percent(used)} of the limit after that, ${percent(refused)} refused`,
    [used < GOALS.used && 'limit', refused >= GOALS.refused && 'refused'].filter(
      (miss) => miss !== false,
    ),
  )
}

async function startClients(
  count: number,
  server: BenchServer,
  address: string | undefined,
): Promise<PaceProcess[]> {
  const { origin, token, teamId, botId } = server
  const setting = { origin, token, teamId, botId, address }
  const clients = Array.from({ length: count }, () => new PaceProcess(setting))
  await Promise.all(clients.map((client) => client.ready()))
  return clients
}

function begin(clients: readonly PaceProcess[]): number {
  for (const client of clients) client.begin()
  return Date.now()
}

async function end(clients: readonly PaceProcess[]): Promise<void> {
  await Promise.all(clients.map((client) => client.end()))
}

function usedOf(clients: readonly PaceProcess[], from: number, to: number, limit: Limit): number {
  const accepted = clients.reduce((sum, client) => sum + client.accepted(from, to), 0)
  return accepted / ((limit.perSecond * (to - from)) / 1000)
}

function refusedOf(clients: readonly PaceProcess[]): number {
  const sums = clients.map(({ last }) => last ?? { refused: 0, sent: 0 })
  const sum = (key: 'refused' | 'sent') => sums.reduce((total, each) => total + each[key], 0)
  return sum('refused') / sum('sent')
}

/** The first time for which something holds, in steps of a tenth of a second. */
function firstTime(from: number, to: number, holds: (time: number) => boolean): number | undefined {
  for (let time = from; time <= to; time += 100) if (holds(time)) return time
  return undefined
}

async function serve(limit: Limit): Promise<BenchServer & AsyncDisposable> {
  const server = await limit.start()
  return { ...server, [Symbol.asyncDispose]: () => server.stop() }
}

async function seeded(limit: {
  readonly perSecond: number
  readonly burst: number
  readonly headers: string
}): Promise<BenchServer> {
  const seed = await mkdtemp(join(tmpdir(), 'bench-pace-'))
  const columns = Object.keys(airport(0)).map((name) => ({ name, type: 'text' }))
  await writeFile(join(seed, 'x.schema.json'), JSON.stringify({ columns }))
  const fault = { kind: 'rate-limit', algorithm: 'bucket', ...limit }
  const server = await startEmulator([
    ...['--seed', seed],
    ...['--fault', JSON.stringify(fault)],
    ...['--latency', '20'],
  ])
  const stop = async () => {
    await server.stop()
    await rm(seed, { recursive: true })
  }
  return { ...server, stop }
}

function report(line: string, misses: readonly string[]): void {
  missed += misses.length
  console.log(misses.length === 0 ? line : `${line}   MISSED: ${misses.join(', ')}`)
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`.padStart(7)
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1000).toFixed(1)} s`
}
