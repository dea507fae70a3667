/**
 * Tests whether the MCP server over Streamable HTTP serves many clients for minutes without errors and
 * without growth of memory. The server and an emulator are separate processes; the clients are of both
 * generations of the SDK, and each makes one call after another. Each client has its own records, so every
 * confirmation and every undo must succeed. Full reads use only a table without writes, since they fail on a
 * table that keeps changing.
 *
 *     node scripts/campaigns/mcp-http.mjs [--clients 50] [--seconds 180] [--pause 1000] [--growth 10]
 *
 * `--pause` is milliseconds between two calls of a client, on average; `--growth` percent. Heap and RSS
 * are taken after a garbage collection. `npm run campaign:mcp-http -- [flags]` builds first. Prints a line every
 * 30 seconds; fails on any error, and when the server's memory in the last third of the time is more
 * than the allowed growth above that in the middle third.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ROOT } from '../workspace.mjs'
import { mulberry32, startEmulator } from './processes.mjs'

const SERVER = join(ROOT, 'apps/mcp/dist/bin.js')
/** The SDK's packages are dependencies of the server's package. @type {(name: string) => any} */
const load = createRequire(join(ROOT, 'apps/mcp/package.json'))
const v2 = load('@modelcontextprotocol/client')
const v1 = {
  ...load('@modelcontextprotocol/sdk/client/index.js'),
  ...load('@modelcontextprotocol/sdk/client/streamableHttp.js'),
}

const { values: flags } = parseArgs({
  options: {
    clients: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '180' },
    pause: { type: 'string', default: '1000' },
    growth: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
})
const clientCount = Number(flags.clients)
const seconds = Number(flags.seconds)

/** A client's next scenario is chosen at random from these. */
const SCENARIOS = [readAll, search, search, searchBySql, write, writeAndUndo]

/** Written to by all clients. */
const table = 'stores'
/** Only read. */
const PLACES = 'places'
const ROWS = 300
/** Records per write of a client: more than the server's `--confirm-above`, so it is confirmed. */
const WRITTEN = 3
/** The number of memory samples. */
const SAMPLES = 18
const REPORT_MS = 30_000
/** Accepted growth in bytes, since garbage collection is not exact. */
const TOLERATED_BYTES = 3e6
const MAX_REPORTED = 10

// Reports memory and CPU time on stderr at each signal; the protocol has no such call.
const PROBE = `data:text/javascript,${encodeURIComponent(
  'process.on("SIGUSR2",()=>{globalThis.gc();const m=process.memoryUsage(),c=process.cpuUsage();process.stderr.write("memory "+m.heapUsed+" "+m.rss+" "+(c.user+c.system)+"\\n")})',
)}`

/** @typedef {{ heap: number, rss: number, cpuMs: number }} Memory */
/** @typedef {(name: string, args: object) => Promise<any>} Call makes a call and returns its result */

/** @type {{ count: number, errors: string[], times: number[], byTool: Map<string, number> }} */
const calls = { count: 0, errors: [], times: [], byTool: new Map() }
const folder = await mkdtemp(join(tmpdir(), 'campaign-mcp-http-'))
const COLUMNS = { name: 'text', city: 'text', rank: 'int', owner: 'text' }
const emulator = await startEmulator(folder, { [table]: COLUMNS, [PLACES]: COLUMNS })
/** @type {((memory: Memory) => void) | undefined} */
let onMemory
const server = await startServer()
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  server.child.kill()
  emulator.child.kill()
  await rm(folder, { recursive: true, force: true })
}

async function startServer() {
  const args = ['--http', '127.0.0.1:0', '--rate-limit', '1000000', '--confirm-above', '1']
  const child = spawn(process.execPath, ['--expose-gc', '--import', PROBE, SERVER, ...args], {
    env: { ...emulator.connection, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  /** @type {string} */
  const url = await new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the server ended'))
    child.once('close', ended)
    createInterface(child.stderr).on('line', (line) => {
      const [, heap, rss, cpu] = /^memory (\d+) (\d+) (\d+)$/.exec(line) ?? []
      if (heap !== undefined) {
        return onMemory?.({ heap: Number(heap), rss: Number(rss), cpuMs: Number(cpu) / 1_000 })
      }
      const found = /serving on (\S+)/.exec(line)?.[1]
      if (found === undefined) {
        if (!line.includes(' info: ')) console.log(`server: ${line}`)
        return
      }
      child.off('close', ended)
      resolve(found)
    })
  })
  return { child, url }
}

async function campaign() {
  const records = Array.from({ length: ROWS }, (_, rank) => ({
    name: `Store ${rank}`,
    city: rank % 3 === 0 ? 'Bruges' : 'Ghent',
    rank,
    owner: 'nobody',
  }))
  for (const name of [table, PLACES])
    await emulator.admin('POST', `tables/${name}/records`, records)
  const startedAt = performance.now()
  const deadline = startedAt + seconds * 1_000
  const clients = await Promise.all(Array.from({ length: clientCount }, (_, n) => connect(n)))
  const working = Promise.all(clients.map((client, n) => work(client, n, deadline)))
  const samples = await watchMemory(startedAt)
  await working
  await Promise.all(clients.map((client) => client.close()))
  const grown = report(samples)
  for (const error of calls.errors.slice(0, MAX_REPORTED)) console.log(`error: ${error}`)
  return calls.errors.length === 0 && !grown
}

/**
 * Every second client is of the older generation.
 *
 * @param {number} n
 */
async function connect(n) {
  const info = { name: `campaign-${n}`, version: '1.0.0' }
  const { Client, StreamableHTTPClientTransport } = n % 2 === 0 ? v2 : v1
  const options = n % 2 === 0 ? { versionNegotiation: { mode: 'auto' } } : {}
  const client = new Client(info, options)
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)))
  return client
}

/**
 * @param {any} client
 * @param {number} n
 * @param {number} deadline
 */
async function work(client, n, deadline) {
  const random = mulberry32(Number(flags.seed) * 1_000 + n)
  /** @type {Call} */
  const call = async (name, args) => {
    await sleep(Number(flags.pause) * (0.5 + random()))
    const start = performance.now()
    const result = await client.callTool({ name, arguments: args })
    calls.times.push(performance.now() - start)
    calls.count++
    calls.byTool.set(name, (calls.byTool.get(name) ?? 0) + 1)
    if (result.isError) throw new Error(`${name}: ${result.content[0]?.text}`)
    return result.structuredContent
  }
  for (let round = 0; performance.now() < deadline; round++) {
    const scenario = SCENARIOS[Math.floor(random() * SCENARIOS.length)] ?? readAll
    try {
      await scenario(call, `client ${n} round ${round}`, Math.floor(random() * ROWS))
    } catch (error) {
      calls.errors.push(error instanceof Error ? error.message : String(error))
    }
  }
}

/** @param {Call} call */
async function readAll(call) {
  await call('list_tables', {})
  await call('describe_table', { table: PLACES, format: 'detailed' })
  const aggregate = ['count', 'avg(rank)', 'max(rank)', 'distinct(name)']
  const { rows } = await call('query_records', { table: PLACES, group_by: ['city'], aggregate })
  expectCount('query_records', rows.length, 2)
}

/** @param {Call} call @param {string} _owner @param {number} rank */
async function search(call, _owner, rank) {
  const { rows } = await call('query_records', { table, where: { rank, owner: 'nobody' } })
  expectCount('query_records', rows.length, 1)
}

/** @param {Call} call */
async function searchBySql(call) {
  const sql = 'select city, count(*) n from stores where owner = ? group by 1 order by 2'
  const { rows } = await call('query_sql', { sql, params: ['nobody'], fresh: '30s' })
  expectCount('query_sql', rows.length, 2)
}

/**
 * Inserts, updates and deletes, each confirmed by the token of its preview.
 *
 * @param {Call} call
 * @param {string} owner
 */
async function write(call, owner) {
  const ids = await insert(call, owner)
  const update = { table, ids, set: { city: 'Bruges' } }
  const { updated } = await confirmed(call, 'update_records', update)
  expectCount('update_records', updated, WRITTEN)
  const { deleted } = await confirmed(call, 'delete_records', { table, where: { owner } })
  expectCount('delete_records', deleted, WRITTEN)
}

/** @param {Call} call @param {string} owner */
async function writeAndUndo(call, owner) {
  const ids = await insert(call, owner)
  const update = { table, ids, set: { name: 'changed' } }
  for (const change of ['update_records', 'delete_records']) {
    const args = change === 'update_records' ? update : { table, ids }
    const { change_set } = await confirmed(call, change, args)
    const undo = await confirmed(call, 'undo_changes', { change_set })
    expectCount('undo_changes', undo.undone, WRITTEN)
  }
  await call('list_changes', { table, limit: 5 })
  // Records that an undo restored may have new ids.
  const { deleted } = await confirmed(call, 'delete_records', { table, where: { owner } })
  expectCount('delete_records', deleted, WRITTEN)
}

/** @param {Call} call @param {string} owner @returns {Promise<string[]>} ids */
async function insert(call, owner) {
  // A confirmation counts records with the values of the rows; others must not insert such records.
  const records = Array.from({ length: WRITTEN }, (_, rank) => {
    return { name: `${owner} row ${rank}`, rank, owner }
  })
  const { inserted, ids } = await confirmed(call, 'insert_records', { table, records })
  expectCount('insert_records', inserted, WRITTEN)
  return ids
}

/** @param {Call} call @param {string} name @param {object} args */
async function confirmed(call, name, args) {
  const { confirm_token } = await call(name, { ...args, dry_run: true })
  if (confirm_token === undefined) throw new Error(`${name}: the preview has no confirm_token`)
  return await call(name, { ...args, confirm_token })
}

/** @param {string} name @param {number} count @param {number} expected */
function expectCount(name, count, expected) {
  if (count !== expected) throw new Error(`${name}: ${count} instead of ${expected}`)
}

/**
 * Samples the server's memory at regular intervals, and prints the figures in between.
 *
 * @param {number} startedAt
 */
async function watchMemory(startedAt) {
  /** @type {Memory[]} */
  const samples = []
  let reportAt = startedAt + REPORT_MS
  for (let index = 1; index <= SAMPLES; index++) {
    const sampleAt = startedAt + (index * seconds * 1_000) / SAMPLES
    await sleep(Math.max(0, sampleAt - performance.now()))
    const memory = await serverMemory()
    samples.push(memory)
    if (performance.now() < reportAt && index < SAMPLES) continue
    const span = Math.round((performance.now() - startedAt) / 1_000)
    const { p50, p99 } = quantiles(calls.times.splice(0))
    console.log(
      `${span} s: ${calls.count} calls, ${calls.errors.length} errors, p50 ${p50} ms, p99 ${p99} ms, ` +
        `heap ${megabytes(memory.heap)}, RSS ${megabytes(memory.rss)}`,
    )
    reportAt += REPORT_MS
    await emulator.admin('DELETE', 'requests')
  }
  return samples
}

/** @returns {Promise<Memory>} */
function serverMemory() {
  return new Promise((resolve) => {
    onMemory = resolve
    server.child.kill('SIGUSR2')
  })
}

/** @param {Memory[]} samples @returns {boolean} whether memory has grown by too much */
function report(samples) {
  const third = SAMPLES / 3
  const grown = /** @type {const} */ (['heap', 'rss']).filter((kind) => {
    const [middle, last] = [1, 2].map((index) => {
      const part = samples.slice(index * third, (index + 1) * third).map((one) => one[kind])
      return part.reduce((sum, one) => sum + one, 0) / part.length
    })
    const limit = (middle ?? 0) * (1 + Number(flags.growth) / 100) + TOLERATED_BYTES
    console.log(
      `${kind}: ${megabytes(middle ?? 0)} in the middle third, ${megabytes(last ?? 0)} in the last`,
    )
    return (last ?? 0) > limit
  })
  const tools = [...calls.byTool].map(([name, count]) => `${name} ${count}`).join(', ')
  const cpuMs = (samples.at(-1)?.cpuMs ?? 0) / calls.count
  console.log(
    `${calls.count} calls, ${calls.errors.length} errors, ${cpuMs.toFixed(1)} ms of the server's CPU each: ${tools}`,
  )
  if (grown.length > 0) console.log(`memory keeps growing: ${grown.join(', ')}`)
  return grown.length > 0
}

/** @param {number[]} times */
function quantiles(times) {
  const sorted = times.toSorted((a, b) => a - b)
  /** @param {number} share */
  const at = (share) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0)
  return { p50: at(0.5), p99: at(0.99) }
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
