/**
 * The time of the MCP server from the start of its process to the response to `tools/list` over stdio,
 * next to `node -e 0` and two public servers, in turns on the same machine; and the time that a
 * `query_records` call adds to its call of core.
 *
 *     node bench/mcp-start.ts [--rounds 15] [--calls 200]
 *
 * This server keeps V8's compiled code; its first start on a machine, without that code, is printed too.
 * Other load only adds time, so the verdicts use the fastest tenth; medians are printed too.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { type BenchServer, startSink } from './server-process.ts'

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    calls: { type: 'string', default: '200' },
  },
})

/** The limit of the start, in times of `node -e 0` and in milliseconds on top. */
const TIMES_NODE = 2
const EXTRA_MS = 250
const MAX_ADDED_MS = 3

const OURS = fileURLToPath(new URL('../apps/mcp/dist/bin.js', import.meta.url))

const gateway = await startSink()
const env = environment(gateway)
try {
  await compareStarts()
  await compareCalls()
} finally {
  await gateway.stop()
}

async function compareStarts(): Promise<void> {
  const everything = fileURLToPath(
    import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
  )
  const filesystem = fileURLToPath(
    import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'),
  )
  const ways: readonly (readonly [name: string, once: () => Promise<number>])[] = [
    ['node -e 0', () => timeToEnd(['-e', '0'])],
    ['chatlayer-tables-mcp', () => timeToTools([OURS])],
    ['the same, first time', () => timeToTools([OURS], { NODE_DISABLE_COMPILE_CACHE: '1' })],
    ['server-everything', () => timeToTools([everything, 'stdio'])],
    ['server-filesystem', () => timeToTools([filesystem, tmpdir()])],
  ]
  const times = new Map<string, number[]>(ways.map(([name]) => [name, []]))
  for (const [, once] of ways) await once()
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [name, once] of ways) times.get(name)?.push(await once())
  }
  console.log(
    `start to the response to tools/list, ${flags.rounds} rounds, in ms: quick tenth, median`,
  )
  for (const [name, own] of times) {
    const [quick, usual] = [quickTenth(own).toFixed(0), median(own).toFixed(0)]
    console.log(`  ${name.padEnd(22)}${quick.padStart(6)}${usual.padStart(8)}`)
  }
  const most = TIMES_NODE * quickTenth(times.get('node -e 0') ?? []) + EXTRA_MS
  const ours = quickTenth(times.get('chatlayer-tables-mcp') ?? [])
  const verdict = ours <= most ? 'met' : 'MISSED'
  console.log(
    `  at most ${most.toFixed(0)} required (${TIMES_NODE} × node + ${EXTRA_MS}): ${verdict}`,
  )
}

/** One call after the other, both kinds in turns: the added time is a latency, not a throughput. */
async function compareCalls(): Promise<void> {
  const { origin, token, teamId, botId } = gateway
  await using client = createClient({ baseUrl: origin, token, teamId, botId })
  const table = client.table('x')
  const server = start([OURS])
  const ask = asker(server)
  await open(ask, server)
  const query = { select: ['name'], limit: 100 }
  const tool = { name: 'query_records', arguments: { table: 'x', ...query } }
  const times: { core: number[]; tool: number[] } = { core: [], tool: [] }
  for (let call = -20; call < Number(flags.calls); call++) {
    const core = await timed(() => table.records(query).toArray())
    const whole = await timed(() => ask('tools/call', tool))
    if (call < 0) continue
    times.core.push(core)
    times.tool.push(whole)
  }
  server.kill()
  const added = quickTenth(times.tool) - quickTenth(times.core)
  const verdict = added <= MAX_ADDED_MS ? 'met' : 'MISSED'
  console.log(`query_records over stdio next to the core call, ${flags.calls} of each, in ms:`)
  for (const [name, own] of Object.entries(times)) {
    console.log(
      `  ${name}: quick tenth ${quickTenth(own).toFixed(2)}, median ${median(own).toFixed(2)}`,
    )
  }
  console.log(`  adds ${added.toFixed(2)}, at most ${MAX_ADDED_MS} required: ${verdict}`)
}

function environment({ origin, token, teamId, botId }: BenchServer): Record<string, string> {
  return {
    CHATLAYER_TOKEN: token,
    CHATLAYER_BASE_URL: origin,
    CHATLAYER_TEAM_ID: teamId,
    CHATLAYER_BOT_ID: botId,
  }
}

function start(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [...args], { env: { ...process.env, ...env, ...more } })
  child.stderr.resume()
  return child
}

async function timeToEnd(args: readonly string[]): Promise<number> {
  return timed(async () => {
    await once(start(args), 'exit')
  })
}

async function timeToTools(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<number> {
  const from = performance.now()
  const child = start(args, more)
  const ask = asker(child)
  await open(ask, child)
  await ask('tools/list', {})
  const time = performance.now() - from
  // A client ends a server by closing stdin; ours then stores the compiled code.
  child.stdin.end()
  const ended = once(child, 'exit')
  const late = setTimeout(() => child.kill(), 3_000)
  await ended
  clearTimeout(late)
  return time
}

type Ask = (method: string, params: unknown) => Promise<unknown>

async function open(ask: Ask, child: ChildProcessWithoutNullStreams): Promise<void> {
  await ask('initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  })
  send(child, { method: 'notifications/initialized' })
}

function send(child: ChildProcessWithoutNullStreams, message: object): void {
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function asker(child: ChildProcessWithoutNullStreams): Ask {
  const waiting = new Map<number, (response: unknown) => void>()
  let last = 0
  createInterface(child.stdout).on('line', (line) => {
    const response: { id?: number; error?: unknown } = JSON.parse(line)
    if (response.error !== undefined) throw new Error(`the server returned ${line}`)
    if (response.id !== undefined) waiting.get(response.id)?.(response)
  })
  return (method, params) =>
    new Promise((resolve) => {
      last += 1
      waiting.set(last, resolve)
      send(child, { id: last, method, params })
    })
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await act()
  return performance.now() - from
}

function quickTenth(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 10)] ?? Number.NaN
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
