/**
 * `clt import` next to scripts that users write: one posts one row after the other, the other keeps 20
 * `fetch` calls in flight; both retry a failed row up to three times. The emulator responds after 50 ms,
 * and one request in a hundred fails: a third are reset after the row was written, a third get a 503, half
 * of them after it was written, a third a 429. All import the rows of a file; the table is then compared
 * with the file, row by row.
 *
 *     npm run bench side-by-side -- [--rows 5000] [--sequential-rows 600] [--latency 50]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import pLimit from 'p-limit'
import { airport } from './airport.ts'
import { type BenchServer, startEmulator } from './server-process.ts'

const CLI = fileURLToPath(new URL('../apps/cli/dist/bin.js', import.meta.url))
const AT_ONCE = 20
const ATTEMPTS = 4
const COLUMNS = Object.keys(airport(0))

const FAULTS = [
  { kind: 'reset', when: 'after', rate: 1 / 300 },
  { kind: 'status', status: 503, when: 'before', rate: 1 / 600 },
  { kind: 'status', status: 503, when: 'after', rate: 1 / 600 },
  { kind: 'status', status: 429, when: 'before', rate: 1 / 300 },
]

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000' },
    'sequential-rows': { type: 'string', default: '600' },
    latency: { type: 'string', default: '50' },
  },
})

/** Writes the rows of a file, and returns how many of them it counts as written. */
type Way = (file: string, server: BenchServer, folder: string) => Promise<number>

const WAYS: readonly (readonly [name: string, rows: number, way: Way])[] = [
  ['one after the other', Number(flags['sequential-rows']), oneByOne],
  [`fetch, ${AT_ONCE} at once`, Number(flags.rows), manyAtOnce],
  ['clt import', Number(flags.rows), importFile],
]

console.log(`${flags.latency} ms latency, 1% faults`)
for (const [name, rows, way] of WAYS) await measure(name, rows, way)

async function measure(name: string, rows: number, way: Way): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-side-by-side-'))
  const server = await startWithTable(folder)
  try {
    const file = join(folder, 'rows.csv')
    const lines = Array.from({ length: rows }, (_, n) => Object.values(airport(n)).join(','))
    await writeFile(file, `${COLUMNS.join(',')}\n${lines.join('\n')}\n`)
    await setFaults(server, FAULTS)
    const started = performance.now()
    const claimed = await way(file, server, folder)
    const rate = (rows * 1_000) / (performance.now() - started)
    await setFaults(server, [])
    const { lost, doubled } = await compare(server, rows)
    console.log(
      `  ${name.padEnd(20)} ${String(rows).padStart(6)} rows, ${rate.toFixed(0).padStart(5)} rows/s; ` +
        `reports ${claimed} as written; ${lost} lost, ${doubled} doubled`,
    )
    if (way === importFile && lost + doubled > 0) process.exitCode = 1
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

async function startWithTable(folder: string): Promise<BenchServer> {
  const columns = COLUMNS.map((name) => ({
    name,
    type: name.endsWith('itude') ? 'numeric' : 'text',
  }))
  await writeFile(join(folder, 'x.schema.json'), JSON.stringify({ columns }))
  return await startEmulator(['--seed', folder, '--latency', flags.latency])
}

/** The latency that the emulator was started with stays. */
async function setFaults({ origin }: BenchServer, faults: readonly object[]): Promise<void> {
  const latency = { kind: 'latency', ms: Number(flags.latency) }
  const response = await fetch(`${origin}/_emulator/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([latency, ...faults]),
  })
  if (!response.ok) throw new Error(`the emulator returned ${response.status}`)
}

async function compare(server: BenchServer, rows: number) {
  const { origin, token, teamId, botId } = server
  await using client = createClient({ baseUrl: origin, token, teamId, botId })
  const held = new Map<unknown, number>()
  for await (const { values } of client.table('x').records()) {
    held.set(values.iata, (held.get(values.iata) ?? 0) + 1)
  }
  const counts = Array.from({ length: rows }, (_, n) => held.get(airport(n).iata) ?? 0)
  return {
    lost: counts.filter((count) => count === 0).length,
    doubled: counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0),
  }
}

async function importFile(file: string, server: BenchServer, folder: string): Promise<number> {
  const child = spawn(process.execPath, [CLI, 'import', 'x', file, '--quiet', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      XDG_STATE_HOME: join(folder, 'state'),
      CHATLAYER_BASE_URL: server.origin,
      CHATLAYER_TOKEN: server.token,
      CHATLAYER_TEAM_ID: server.teamId,
      CHATLAYER_BOT_ID: server.botId,
    },
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  await once(child, 'close')
  return Number(JSON.parse(text.trimEnd().split('\n').at(-1) ?? '{}').ok)
}

async function oneByOne(file: string, server: BenchServer): Promise<number> {
  const post = await poster(server)
  let written = 0
  for (const row of await rowsOf(file)) {
    if (await post(row)) written++
  }
  return written
}

async function manyAtOnce(file: string, server: BenchServer): Promise<number> {
  const post = await poster(server)
  const limit = pLimit(AT_ONCE)
  const posted = await Promise.all((await rowsOf(file)).map((row) => limit(() => post(row))))
  return posted.filter(Boolean).length
}

async function rowsOf(file: string): Promise<string[][]> {
  const [, ...lines] = (await readFile(file, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => line.split(','))
}

/** Posts a row, and retries when that fails; returns whether it got a 200. */
async function poster({ origin, token, teamId, botId }: BenchServer) {
  const tables = `${origin}/api/v1/teams/${teamId}/bots/${botId}/tables`
  const headers = {
    authorization: `Basic ${Buffer.from(token).toString('base64')}`,
    'content-type': 'application/json',
  }
  const { data } = (await (await fetch(tables, { headers })).json()) as { data: { id: string }[] }
  const url = `${tables}/${data[0]?.id}/action?version=DRAFT`
  return async (row: readonly string[]): Promise<boolean> => {
    const fields = COLUMNS.map((columnName, index) => ({ columnName, value: row[index] ?? '' }))
    const body = JSON.stringify({ type: 'INSERT', fields })
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        const response = await fetch(url, { method: 'POST', headers, body })
        await response.text()
        if (response.ok) return true
      } catch {}
    }
    return false
  }
}
