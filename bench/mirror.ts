/**
 * A mirror of a large table in an emulator, which runs in a separate process:
 *
 * - pull: the first reading, next to a bare reader that fetches the same pages, as many at once, and
 *   parses and drops them; it reads before and after, since the load of the machine may vary
 * - refresh: the requests after 50 updates, 30 inserts and 20 deletes, next to those of a whole reading;
 *   then without changes
 * - sql: `group by` over the mirror, next to node:sqlite on the same file in this process
 *
 *     node bench/mirror.ts [--records 200000] [--latency 20] [--ahead 8]
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { openMirrors } from '@chatlayer-tables/mirror'
import { Pool } from 'undici'
import { type BenchServer, startEmulator } from './server-process.ts'

const PULL_TARGET = 1.3
const SQL_TARGET = 10
const PAGE = 100
const QUERIES = [
  'select city, count(*) n, avg(size) from stores group by 1 order by 2 desc',
  'select city, open, sum(price) from stores group by 1, 2',
]

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    latency: { type: 'string', default: '0' },
    ahead: { type: 'string', default: '8' },
  },
})
const records = Number(flags.records)
const ahead = Number(flags.ahead)

const folder = await mkdtemp(join(tmpdir(), 'bench-mirror-'))
try {
  await seed(folder)
  const server = await startEmulator([
    ...['--seed', folder, '--latency', flags.latency],
    ...['--dialect', 'timestampFilter=camel'],
  ])
  try {
    await compare(server)
  } finally {
    await server.stop()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function seed(into: string): Promise<void> {
  const cities = Array.from({ length: 300 }, (_, index) => `City ${index}`)
  const lines = ['name,city,size,price,open']
  for (let index = 0; index < records; index += 1) {
    const city = cities[(index * 7919) % cities.length]
    lines.push(`Store ${index},${city},${index % 5_000},${(index % 999) / 4},${index % 3 === 0}`)
  }
  await writeFile(join(into, 'stores.csv'), `${lines.join('\n')}\n`)
}

async function compare(server: BenchServer): Promise<void> {
  const { origin, token, teamId, botId } = server
  const options = { baseUrl: origin, token, teamId, botId }
  const { table, bytes, seconds: bare, cpu: bareCpu } = await readBare(server)
  console.log(`${records} records, ${flags.latency} ms latency`)
  console.log(
    `bare reader, ${ahead} pages at once: ${bare.toFixed(1)} s, ${(bytes / 1e6).toFixed(0)} MB, ${bareCpu.toFixed(1)} s of CPU`,
  )

  await using client = createClient(options)
  using mirrors = openMirrors({ folder: join(folder, 'mirrors') })
  const pull = await timed(() => mirrors.pull(client, table))
  report(
    'pull',
    pull.seconds / bare,
    PULL_TARGET,
    `${pull.seconds.toFixed(1)} s, ${pull.cpu.toFixed(1)} s of CPU`,
  )
  const again = (await readBare(server)).seconds
  report(
    'pull, bare reader after it',
    pull.seconds / again,
    PULL_TARGET,
    `${again.toFixed(1)} s bare`,
  )

  // So that the next writes are later than the pull.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await change(client)
  const sent = (): number => client.stats().sent
  for (const what of ['after 100 changes', 'after none']) {
    const before = sent()
    const { seconds, result } = await timed(() => mirrors.refresh(client, table))
    const whole = Math.ceil(result.records / PAGE)
    console.log(
      `refresh ${what}: ${sent() - before} requests, ${seconds.toFixed(1)} s (${whole} pages in the table), ${result.records} records`,
    )
  }
  await compareSql(client)

  async function compareSql(own: typeof client): Promise<void> {
    const query = {
      connect: () => ({ client: own, version: 'DRAFT' as const }),
      fresh: 'never' as const,
    }
    await mirrors.query('select 1', query)
    const path = await mirrorFile()
    const db = new DatabaseSync(path, { readOnly: true })
    for (const sql of QUERIES) {
      const direct = median(await times(() => db.prepare(sql).all().length))
      const through = median(await times(async () => (await mirrors.query(sql, query)).rows.length))
      const detail = `${ms(direct)} direct, ${ms(through)} through the sandbox, ${ms(through - direct)} more: ${sql}`
      report('sql', through / direct, SQL_TARGET, detail)
    }
    db.close()
    using cold = openMirrors({ folder: join(folder, 'mirrors') })
    const first = await timed(() => cold.query(QUERIES[0] ?? '', query))
    console.log(`sql, the first query of a process: ${ms(first.seconds * 1000)}`)
  }
}

async function mirrorFile(): Promise<string> {
  const all = await readdir(join(folder, 'mirrors'), { recursive: true })
  const name = all.find((path) => path.endsWith('.draft.db'))
  if (name === undefined) throw new Error('no mirror was created')
  return join(folder, 'mirrors', name)
}

async function change(client: ReturnType<typeof createClient>): Promise<void> {
  const stores = client.table('stores')
  const some = await stores.records({ limit: 5_000 }).toArray()
  const ids = some.filter((_, index) => index % 50 === 0).map(({ id }) => id)
  await stores.updateById(ids.slice(0, 50), { size: 7 })
  await stores.deleteById(ids.slice(50, 70))
  await stores.insertMany(Array.from({ length: 30 }, (_, index) => ({ name: `New ${index}` })))
}

/** Pages read as fast as they come, each parsed and dropped. */
async function readBare({ origin, token, teamId, botId }: BenchServer) {
  const pool = new Pool(origin, { connections: ahead })
  const headers = { authorization: `Basic ${Buffer.from(token).toString('base64')}` }
  const path = `/api/v1/teams/${teamId}/bots/${botId}/tables`
  const get = async (of: string): Promise<string> =>
    (await pool.request({ path: of, method: 'GET', headers })).body.text()
  const table = String(JSON.parse(await get(path)).data[0].id)
  let offset = 0
  let bytes = 0
  const started = performance.now()
  const cpuBefore = process.cpuUsage()
  const work = async (): Promise<void> => {
    while (offset < records) {
      const at = offset
      offset += PAGE
      const text = await get(`${path}/${table}/data?version=DRAFT&limit=${PAGE}&offset=${at}`)
      bytes += text.length
      if (JSON.parse(text).data.length === 0) throw new Error('a page is empty')
    }
  }
  await Promise.all(Array.from({ length: ahead }, work))
  const seconds = (performance.now() - started) / 1000
  await pool.close()
  return { table, bytes, seconds, cpu: cpuSince(cpuBefore) }
}

async function timed<T>(work: () => Promise<T>) {
  const started = performance.now()
  const before = process.cpuUsage()
  const result = await work()
  return { seconds: (performance.now() - started) / 1000, cpu: cpuSince(before), result }
}

/** CPU seconds of this process, which other load on the machine affects less than wall time. */
function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

async function times(work: () => unknown): Promise<number[]> {
  const found: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const started = performance.now()
    await work()
    found.push(performance.now() - started)
  }
  return found
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

function report(what: string, ratio: number, target: number, detail: string): void {
  const verdict = ratio <= target ? 'met' : 'missed'
  console.log(`${what}: ${ratio.toFixed(2)} times (goal ${target}, ${verdict}); ${detail}`)
}
