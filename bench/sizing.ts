/**
 * How many workers and tokens a night of syncs needs. What one row costs of a processor is measured
 * here, against an emulator in another process; nights are then simulated with these figures:
 *
 * - a job reads its table in pages and writes the rows that changed, one request each
 * - requests of a token stay below its rate limit, and each takes the latency of the gateway
 * - jobs of a worker share one processor; a worker runs some jobs at once, and takes the next from the queue
 *
 * It prints the tables of docs/guides/kubernetes.md.
 *
 *     node bench/sizing.ts [--records 20000] [--latency 80]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { openJournal } from '@chatlayer-tables/journal'
import { startEmulator } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    latency: { type: 'string', default: '80' },
  },
})
/** Records that a page holds. */
const PAGE = 100
/** Requests that a client has in flight at once, at most. */
const CONNECTIONS = 64
/** Jobs that a worker runs at once. */
const CONCURRENCY = 4
const WORKERS = [1, 2, 4]
/** Requests per second and token. No limit of the gateway is documented. */
const LIMITS = [50, 300]

/** Milliseconds of processor time. */
interface Costs {
  readonly read: number
  readonly write: number
}

interface Night {
  readonly bots: number
  /** Records of each bot's table, and how many of them change. */
  readonly rows: number
  readonly changed: number
  /** How many tokens the bots have: each is used by as many bots as the others. */
  readonly tokens: number
  /** Requests per second of each token. */
  readonly limit: number
  readonly workers: number
}

interface Job {
  readonly token: number
  reads: number
  writes: number
}

const costs = await measure(Number(flags.records))
console.log(
  `measured: ${(costs.read * 1000).toFixed(0)} µs to read a record, ${costs.write.toFixed(2)} ms to write one with the journal`,
)
console.log(`simulated: ${flags.latency} ms latency, ${CONCURRENCY} jobs at once in each worker\n`)
print([
  { bots: 200, rows: 5_000, changed: 100 },
  { bots: 200, rows: 5_000, changed: 1_000 },
  { bots: 200, rows: 50_000, changed: 1_000 },
  { bots: 20, rows: 50_000, changed: 50_000 },
  { bots: 1, rows: 1_000_000, changed: 1_000_000 },
])

function print(tables: readonly Pick<Night, 'bots' | 'rows' | 'changed'>[]): void {
  const head = ['bots', 'records each', 'changed each', 'tokens', 'requests/s a token']
  const titles = [...head, ...WORKERS.map((count) => `${count} worker${count === 1 ? '' : 's'}`)]
  console.log(`| ${titles.join(' | ')} |`)
  console.log(`|${' ---: |'.repeat(titles.length)}`)
  for (const table of tables) {
    const { bots, rows, changed } = table
    for (const tokens of new Set([1, bots])) {
      for (const limit of LIMITS) {
        const times = WORKERS.map((workers) => simulate({ ...table, tokens, limit, workers }))
        const figures = [bots, rows, changed, tokens, limit].map((n) => n.toLocaleString('en'))
        console.log(`| ${[...figures, ...times.map(duration)].join(' | ')} |`)
      }
    }
  }
}

/** @returns seconds until all jobs are done */
function simulate({ bots, rows, changed, tokens, limit, workers }: Night): number {
  const queue: Job[] = Array.from({ length: bots }, (_, bot) => ({
    token: bot % tokens,
    reads: Math.ceil(rows / PAGE),
    writes: changed,
  }))
  const running: Job[][] = Array.from({ length: workers }, () => [])
  const step = 1
  for (let now = 0; ; now += step) {
    for (const jobs of running) {
      while (jobs.length < CONCURRENCY && queue.length > 0) jobs.push(queue.shift() as Job)
    }
    const active = running.flat()
    if (active.length === 0) return now
    const sharing = new Map<number, number>()
    for (const { token } of active) sharing.set(token, (sharing.get(token) ?? 0) + 1)
    for (const jobs of running) {
      for (const job of jobs)
        advance(job, { jobs: jobs.length, limit: limit / (sharing.get(job.token) ?? 1) }, step)
    }
    running.forEach((jobs, at) => {
      running[at] = jobs.filter(({ reads, writes }) => reads + writes > 0)
    })
  }
}

/** @param share the jobs of its worker, and its part of the limit */
function advance(
  job: Job,
  { jobs, limit }: { jobs: number; limit: number },
  seconds: number,
): void {
  const byLatency = (CONNECTIONS * 1000) / Number(flags.latency)
  let requests = Math.min(limit, byLatency) * seconds
  let processor = (1000 * seconds) / jobs
  const read = Math.min(job.reads, requests, processor / (costs.read * PAGE))
  job.reads -= read
  requests -= read
  processor -= read * costs.read * PAGE
  if (job.reads > 1e-9) return
  job.reads = 0
  job.writes = Math.max(0, job.writes - Math.min(requests, processor / costs.write))
  if (job.writes < 1e-9) job.writes = 0
}

async function measure(records: number): Promise<Costs> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-sizing-'))
  const seed = join(folder, 'seed')
  await mkdir(seed)
  // The emulator infers the columns; the row itself is one more to read.
  await writeFile(join(seed, 'products.csv'), 'sku,name,price,stock\nfirst,First,1.25,1\n')
  const server = await startEmulator(['--seed', seed])
  try {
    await using journal = await openJournal({ folder: join(folder, 'journal') })
    const { origin: baseUrl, token, teamId, botId } = server
    const set = journal.changeSet({ tool: 'bench', connection: { origin: baseUrl, teamId, botId } })
    await using client = createClient({ baseUrl, token, teamId, botId, onWrite: set })
    const handle = client.table('products')
    const rows = Array.from({ length: records }, (_, n) => ({
      sku: `sku ${n}`,
      name: `Name of product ${n}`,
      price: (n % 1000) + 0.25,
      stock: n % 50,
    }))
    const write = await processorTime(async () => {
      for await (const { status } of handle.insertMany(rows)) {
        if (status !== 'ok') throw new Error(`a row is ${status}`)
      }
      await set.close()
    })
    let count = 0
    const read = await processorTime(async () => {
      for await (const _ of handle.records()) count += 1
    })
    if (count !== records + 1) throw new Error(`read ${count} of ${records} records`)
    return { read: read / records, write: write / records }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

async function processorTime(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.round((seconds % 3_600) / 60)]
  return hours === 0 ? `${Math.max(1, minutes)} min` : `${hours} h ${minutes} min`
}
