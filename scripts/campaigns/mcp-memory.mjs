/**
 * Tests whether the MCP server keeps memory of finished calls: thousands of calls of every kind to one
 * server over stdio, a separate process, against an emulator with faults. The server's heap is measured
 * after each tenth of the calls, after a garbage collection.
 *
 *     node scripts/campaigns/mcp-memory.mjs [--calls 10000] [--at-once 20] [--growth 8]
 *
 * `npm run campaign:mcp -- [flags]` builds first. Prints a line for each tenth; fails when the heap
 * of the last tenth is more than `--growth` megabytes above that of the second.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { ROOT } from '../workspace.mjs'

const SERVER = join(ROOT, 'apps/mcp/dist/bin.js')
const { startEmulator } = await import(join(ROOT, 'packages/emulator/dist/index.js'))

/** Where the server keeps its journal and its mirrors. */
const state = mkdtempSync(join(tmpdir(), 'mcp-memory-'))
process.on('exit', () => rmSync(state, { recursive: true, force: true }))

const TENTHS = 10
const ROWS = 300

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    'at-once': { type: 'string', default: '20' },
    growth: { type: 'string', default: '8' },
  },
})
const calls = Number(flags.calls)
const atOnce = Number(flags['at-once'])

const emulator = await startEmulator({
  tables: [
    {
      name: 'stores',
      columns: [
        { name: 'name', type: 'text' },
        { name: 'city', type: 'text' },
        { name: 'rank', type: 'int' },
      ],
      records: Array.from({ length: ROWS }, (_, rank) => ({
        name: `Store ${rank}`,
        city: rank % 3 === 0 ? 'Bruges' : 'Ghent',
        rank,
      })),
    },
  ],
  faults: [{ kind: 'status', status: 503, rate: 0.005 }],
})

// Reports its heap on stderr at each signal; the protocol has no such call.
const PROBE = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGUSR2",()=>{globalThis.gc();process.stderr.write("heap "+process.memoryUsage().heapUsed+"\\n")})',
)}`
const server = spawn(
  process.execPath,
  ['--expose-gc', '--import', PROBE, SERVER, '--log-level', 'error'],
  {
    env: {
      CHATLAYER_TOKEN: emulator.token,
      CHATLAYER_BASE_URL: emulator.url,
      CHATLAYER_TEAM_ID: emulator.teamId,
      CHATLAYER_BOT_ID: emulator.botId,
      XDG_STATE_HOME: state,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  },
)

let lastId = 0
/** @type {Map<number, (response: any) => void>} */
const waiting = new Map()
/** @type {((line: string) => void) | undefined} */
let onHeap
createInterface({ input: server.stdout }).on('line', (line) => {
  const message = JSON.parse(line)
  waiting.get(message.id)?.(message)
  waiting.delete(message.id)
})
createInterface({ input: server.stderr }).on('line', (line) => {
  if (line.startsWith('heap ')) onHeap?.(line)
})

try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  server.kill()
  await emulator.close()
}

async function campaign() {
  await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'campaign', version: '1' },
  })
  const heaps = []
  let errors = 0
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    let left = calls / TENTHS
    const work = async () => {
      while (left-- > 0) if (await oneCall(left)) errors++
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    emulator.requests.clear()
    const heap = await heapUsed()
    heaps.push(heap)
    const done = ((tenth + 1) * calls) / TENTHS
    process.stdout.write(`${done} calls: heap ${(heap / 1e6).toFixed(1)} MB, ${errors} errors\n`)
  }
  const grown = ((heaps.at(-1) ?? 0) - (heaps[1] ?? 0)) / 1e6
  process.stdout.write(`grown by ${grown.toFixed(1)} MB since the second tenth\n`)
  return grown <= Number(flags.growth)
}

/** @param {number} n */
async function oneCall(n) {
  const table = 'stores'
  /** @type {[string, object][]} */
  const kinds = [
    ['list_tables', {}],
    ['describe_table', { table, format: 'detailed' }],
    ['query_records', { table, where: { city: 'Ghent' }, limit: 20 }],
    ['query_records', { table, group_by: 'city', aggregate: ['count', 'avg(rank)'] }],
    ['update_records', { table, where: { rank: n % ROWS }, set: { name: `Store ${n}` } }],
    ['update_records', { table, all: true, set: { name: `x${n}` }, dry_run: true }],
    ['upsert_records', { table, key: 'rank', records: [{ rank: n % ROWS, city: `c${n % 7}` }] }],
    ['list_changes', { table, limit: 5 }],
    ['query_sql', { sql: 'select city, count(*) from stores group by 1', fresh: '1m' }],
    ['query_records', { table, where: { nmae: n } }],
  ]
  const [name, args] = kinds[n % kinds.length] ?? ['list_tables', {}]
  const { result } = await request('tools/call', { name, arguments: args })
  return result?.isError === true && n % kinds.length !== kinds.length - 1
}

/**
 * @param {string} method
 * @param {object} params
 */
function request(method, params) {
  const id = ++lastId
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
  return new Promise((resolve) => {
    waiting.set(id, resolve)
  })
}

/** @returns {Promise<number>} bytes */
function heapUsed() {
  return new Promise((resolve) => {
    onHeap = (line) => resolve(Number(line.slice(5)))
    server.kill('SIGUSR2')
  })
}
