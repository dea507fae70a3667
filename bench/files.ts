/**
 * A CSV file of a million rows through the built command line: in by `clt import`, out by
 * `clt export`, against a bare server that stores nothing. Prints the peak memory of each, and the
 * CPU time of the import for each row next to that of a bare `node:http` loop which sends the same
 * bodies and reads the same responses. Each is a separate process; the loop and the import take turns
 * in `--rounds`, since other load on the machine affects the one that is running.
 *
 *     npm run bench files -- [--rows 1000000] [--rounds 1]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { airport, airportCsv } from './airport.ts'
import { createBareHttp } from './bare-http.ts'
import { type BenchServer, startSink } from './server-process.ts'

const MAX_MB = 200
const MAX_RATIO = 2
/** The number of connections that the command line opens. */
const CONNECTIONS = 64
const BARE = 'bare'
const CLI = fileURLToPath(new URL('../apps/cli/dist/bin.js', import.meta.url))
const USAGE_AT_EXIT = new URL('./usage-at-exit.mjs', import.meta.url).href

/** The content of the file that `usage-at-exit.mjs` writes. */
interface Usage {
  readonly peakBytes: number
  /** CPU time in microseconds. */
  readonly cpu: number
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '1' },
  },
})
const rows = Number(flags.rows)

if (positionals[0] === BARE) await postAll(String(process.env.CHATLAYER_BASE_URL))
else await compare()

async function compare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-files-'))
  try {
    const file = join(folder, 'rows.csv')
    await pipeline(Readable.from(airportCsv(rows)), createWriteStream(file))
    const megabytes = ((await stat(file)).size / 1e6).toFixed(0)
    console.log(`${rows.toLocaleString('en-US')} rows of CSV, ${megabytes} MB`)
    const bare: Usage[] = []
    const imports: Usage[] = []
    for (let round = 0; round < Number(flags.rounds); round++) {
      const loop = [fileURLToPath(import.meta.url), BARE, '--rows', String(rows)]
      bare.push(await measured(folder, 0, loop))
      imports.push(await measured(folder, 0, [CLI, 'import', 'x', file, '--quiet']))
    }
    const exported = join(folder, 'out.csv')
    const out = await measured(folder, rows, [CLI, 'export', 'x', '-o', exported, '--quiet'])
    const lines = await countLines(exported)
    if (lines !== rows + 1) throw new Error(`the export has ${lines} lines`)
    reportMemory('import', Math.max(...imports.map(({ peakBytes }) => peakBytes)))
    reportMemory('export', out.peakBytes)
    reportCpu(bare, imports, out)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function reportMemory(name: string, peakBytes: number): void {
  const peak = peakBytes / 1024 ** 2
  const isMet = peak < MAX_MB
  console.log(
    `  ${name}: ${peak.toFixed(0)} MB at most; below ${MAX_MB} required: ${isMet ? 'met' : 'MISSED'}`,
  )
  if (!isMet) process.exitCode = 1
}

function reportCpu(bare: readonly Usage[], imports: readonly Usage[], out: Usage): void {
  const each = (usages: readonly Usage[]) =>
    usages.reduce((sum, { cpu }) => sum + cpu, 0) / usages.length / rows
  const ratio = each(imports) / each(bare)
  const isMet = ratio <= MAX_RATIO
  console.log(
    `  CPU for each row: import ${each(imports).toFixed(1)} µs, bare node:http loop ${each(bare).toFixed(1)} µs: ` +
      `${ratio.toFixed(2)} times; at most ${MAX_RATIO} required: ${isMet ? 'met' : 'MISSED'}`,
  )
  console.log(`  CPU for each record of the export: ${each([out]).toFixed(1)} µs`)
  if (!isMet) process.exitCode = 1
}

/** Runs a program with a new server. @param stored the number of records on the server */
async function measured(folder: string, stored: number, args: readonly string[]): Promise<Usage> {
  const server = await startSink(stored)
  const usage = join(folder, 'usage.json')
  const child = spawn(process.execPath, ['--import', USAGE_AT_EXIT, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { PATH: process.env.PATH, ...environment(server, folder), BENCH_USAGE: usage },
  })
  const [code] = await once(child, 'exit')
  await server.stop()
  if (code !== 0) throw new Error(`${args[1]} ended with ${code}`)
  return JSON.parse(await readFile(usage, 'utf8')) as Usage
}

function environment({ origin, token, teamId, botId }: BenchServer, folder: string) {
  return {
    CHATLAYER_BASE_URL: origin,
    CHATLAYER_TOKEN: token,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
    XDG_STATE_HOME: join(folder, 'state'),
  }
}

async function countLines(file: string): Promise<number> {
  let lines = 0
  for await (const _ of createInterface(createReadStream(file))) lines++
  return lines
}

/** The loop that the import is compared with, in a separate process. */
async function postAll(origin: string): Promise<void> {
  const bare = createBareHttp(origin, CONNECTIONS)
  const { CHATLAYER_TOKEN: token = '', CHATLAYER_TEAM_ID, CHATLAYER_BOT_ID } = process.env
  const path = `/api/v1/teams/${CHATLAYER_TEAM_ID}/bots/${CHATLAYER_BOT_ID}/tables/x/action?version=DRAFT`
  const headers = {
    authorization: `Basic ${Buffer.from(token).toString('base64')}`,
    accept: 'application/json',
    'content-type': 'application/json',
  }
  let next = 0
  const work = async () => {
    while (next < rows) {
      const fields = Object.entries(airport(next++)).map(([columnName, value]) => ({
        columnName,
        columnType: columnName.endsWith('itude') ? 'numeric' : 'text',
        value,
      }))
      const body = JSON.stringify({ type: 'INSERT', fields })
      await bare.json({ path, method: 'POST', headers, body })
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  bare.close()
}
