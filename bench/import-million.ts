/**
 * `clt import` of a million rows against a rate limit: its time next to what the gateway allows,
 * although it reads the whole file before it writes the first row. Also prints the time of that first
 * pass. The emulator allows `--rate` rows a second; choose one that this machine sustains.
 *
 *     npm run bench import-million -- [--rows 1000000] [--rate 1000]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { AIRPORT_COLUMNS, airportCsv } from './airport.ts'
import { type BenchServer, startEmulator } from './server-process.ts'

const MAX_RATIO = 1.1
const CLI = fileURLToPath(new URL('../apps/cli/dist/bin.js', import.meta.url))

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '1000' },
  },
})
const rows = Number(flags.rows)
const perSecond = Number(flags.rate)

const folder = await mkdtemp(join(tmpdir(), 'bench-import-'))
try {
  const file = join(folder, 'rows.csv')
  await pipeline(Readable.from(airportCsv(rows)), createWriteStream(file))
  const megabytes = ((await stat(file)).size / 1e6).toFixed(0)
  console.log(`${count(rows)} rows of CSV, ${megabytes} MB, ${count(perSecond)} rows/s allowed`)
  report(await measure(file))
} finally {
  await rm(folder, { recursive: true })
}

interface Measured {
  /** Seconds from the start of the program. */
  readonly firstPass: number
  readonly total: number
  /** Rows by how they ended. */
  readonly end: Readonly<Record<'read' | 'ok', number>>
}

async function measure(file: string): Promise<Measured> {
  const seed = join(folder, 'seed')
  await mkdir(seed)
  await writeFile(join(seed, 'x.schema.json'), JSON.stringify({ columns: AIRPORT_COLUMNS }))
  const limit = { kind: 'rate-limit', perSecond, algorithm: 'bucket', actions: ['INSERT'] }
  const fault = JSON.stringify(limit)
  const server = await startEmulator(['--seed', seed, '--fault', fault])
  try {
    return await runImport(file, server)
  } finally {
    await server.stop()
  }
}

async function runImport(file: string, server: BenchServer): Promise<Measured> {
  const { origin, token, teamId, botId } = server
  const startedAt = performance.now()
  const seconds = (): number => (performance.now() - startedAt) / 1_000
  const child = spawn(process.execPath, [CLI, 'import', 'x', file, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      CHATLAYER_BASE_URL: origin,
      CHATLAYER_TOKEN: token,
      CHATLAYER_TEAM_ID: teamId,
      CHATLAYER_BOT_ID: botId,
      XDG_STATE_HOME: join(folder, 'state'),
    },
  })
  const exited = once(child, 'exit')
  let firstPass = 0
  let end: Measured['end'] | undefined
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line)
    if (event.event === 'start') firstPass = seconds()
    if (event.event === 'end') end = event
  }
  const [code] = await exited
  if (code !== 0 || end === undefined) throw new Error(`the import ended with ${code}`)
  return { firstPass, total: seconds(), end }
}

function report({ firstPass, total, end }: Measured): void {
  const allowed = rows / perSecond
  const ratio = total / allowed
  const isMet = ratio <= MAX_RATIO && end.read === rows && end.ok === rows
  console.log(`  the first pass: ${firstPass.toFixed(1)} s`)
  console.log(`  read ${count(end.read)} rows, wrote ${count(end.ok)}`)
  console.log(
    `  total: ${total.toFixed(1)} s, the rate allows ${allowed.toFixed(1)} s: ${ratio.toFixed(3)} times; ` +
      `at most ${MAX_RATIO} required: ${isMet ? 'met' : 'MISSED'}`,
  )
  if (!isMet) process.exitCode = 1
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
