/**
 * A sync of two tables that differ in few records, through the built command line: it must write
 * exactly as many as differ. DRAFT and LIVE of one table in an emulator, a separate process; a quarter
 * of the differences are records to insert, a quarter to delete, the rest to update. `clt diff` of the
 * same tables, by key and by whole records, is measured before, and of the result after.
 *
 *     node bench/sync.ts [--records 100000] [--differences 500]
 *
 * Prints for each command the time, the peak of resident memory and the requests that it sent; fails
 * when the number of writes is not that of the differences, or the tables are not equal at the end.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { airport } from './airport.ts'
import { type BenchServer, startEmulator } from './server-process.ts'

const CLI = fileURLToPath(new URL('../apps/cli/dist/bin.js', import.meta.url))
/** Prints the peak memory of its process to stderr at the end. */
const PEAK =
  'data:text/javascript,process.on("exit",()=>console.error("peak",process.resourceUsage().maxRSS))'
/** Records that are put into the emulator at once. */
const CHUNK = 5_000

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '100000' },
    differences: { type: 'string', default: '500' },
  },
})
const records = Number(flags.records)
const differences = Number(flags.differences)
const quarter = Math.floor(differences / 4)

interface Figures {
  readonly code: number
  readonly stderr: string
  readonly seconds: number
  readonly peakMb: number
  readonly reads: number
  readonly writes: number
}

const folder = await mkdtemp(join(tmpdir(), 'bench-sync-'))
const emulator = await startEmulator([])
try {
  process.exitCode = (await compare()) ? 0 : 1
} finally {
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
}

async function compare(): Promise<boolean> {
  await fill()
  console.log(`two tables of some ${records} records that differ in ${differences}`)
  const sides = ['places@draft', 'places@live']
  const before = await measure('diff --key', ['diff', ...sides, '--key', 'code', '--summary'])
  const whole = await measure('diff, whole records', ['diff', ...sides, '--summary'])
  const sync = await measure('sync', ['sync', ...sides, '--key', 'code', '--delete', '--yes', '-q'])
  const after = await measure('diff --key, after', ['diff', ...sides, '--key', 'code', '--summary'])
  const isWell =
    [before, whole].every(({ code }) => code === 1) && sync.code === 0 && after.code === 0
  const isExact = sync.writes === differences
  console.log(
    `${sync.writes} writes for ${differences} differences: ${isExact ? 'exact' : 'NOT EXACT'}; the tables are ${isWell ? 'equal' : 'NOT EQUAL'}`,
  )
  if (!isWell) console.log(sync.stderr)
  return isExact && isWell
}

/** In LIVE the first quarter is missing, the next two have other values, and another quarter is added. */
async function fill(): Promise<void> {
  const columns = [
    { name: 'code', type: 'text' },
    ...Object.keys(airport(0)).map((name) => ({ name, type: 'text' })),
  ]
  await post('/_emulator/tables', { name: 'places', columns })
  const row = (n: number) => ({ code: `c${n}`, ...airport(n) })
  const changed = differences - 2 * quarter
  await put('DRAFT', records, row)
  await put('LIVE', records, (at) => {
    // The last quarter replaces the first.
    const n = at < quarter ? records + at : at
    return n >= quarter && n < quarter + changed ? { ...row(n), name: 'changed' } : row(n)
  })
}

async function put(version: string, count: number, row: (at: number) => object): Promise<void> {
  for (let from = 0; from < count; from += CHUNK) {
    const length = Math.min(CHUNK, count - from)
    const chunk = Array.from({ length }, (_, at) => row(from + at))
    await post(`/_emulator/tables/places/records?version=${version}`, chunk)
  }
}

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(emulator.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} returned ${response.status}: ${await response.text()}`)
}

async function measure(name: string, args: readonly string[]): Promise<Figures> {
  const figures = await run(args, emulator)
  const { seconds, peakMb, reads, writes } = figures
  console.log(
    `  ${name.padEnd(20)}${seconds.toFixed(1).padStart(7)} s ${peakMb.toFixed(0).padStart(5)} MB ${String(reads).padStart(6)} reads ${String(writes).padStart(5)} writes`,
  )
  return figures
}

async function run(args: readonly string[], server: BenchServer): Promise<Figures> {
  await fetch(`${server.origin}/_emulator/requests`, { method: 'DELETE' })
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--import', PEAK, CLI, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      XDG_STATE_HOME: folder,
      CHATLAYER_BASE_URL: server.origin,
      CHATLAYER_TOKEN: server.token,
      CHATLAYER_TEAM_ID: server.teamId,
      CHATLAYER_BOT_ID: server.botId,
    },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  const seconds = (performance.now() - startedAt) / 1_000
  const peakMb = Number(/peak (\d+)/.exec(stderr)?.[1]) / 1_024
  const response = await fetch(`${server.origin}/_emulator/stats`)
  const { requests } = (await response.json()) as {
    requests: { total: number; actions: Record<string, number> }
  }
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = requests.actions
  const writes = INSERT + UPDATE + DELETE
  return { code, stderr, seconds, peakMb, reads: requests.total - writes, writes }
}
