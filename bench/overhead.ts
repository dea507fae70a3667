/**
 * The cost of the client above what sends its requests: inserts and page reads through the public API next
 * to a bare loop on the same library, which builds the same body and parses the same response, on the same
 * server with as many connections. The client by default is compared with a loop on node:http, and with a
 * dispatcher with a loop on that pool of undici. Each runs in a separate process. They take turns in many
 * short rounds, and the ratio is the median of the rounds' ratios, so other load affects both alike. CPU
 * time per request varies even less. Also measured, next to node:http: the built-in `fetch` with as many
 * calls at a time, as in a `p-limit` loop, and one request at a time. Fails when a ratio misses its goal.
 *
 *     node bench/overhead.ts [insert] [page] [--seconds 0.3] [--rounds 21] [--connections 50]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Round, RoundOrder } from './overhead-way.ts'
import { startSink } from './server-process.ts'

const TARGET = 0.8
const WARM_UP = 4
const ENDED = 'a measuring process ended early'

const { values: flags, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '0.3' },
    rounds: { type: 'string', default: '21' },
    connections: { type: 'string', default: '50' },
  },
})
const seconds = Number(flags.seconds)
const rounds = Number(flags.rounds)
const connections = Number(flags.connections)

interface Way {
  readonly name: string
  readonly workers: number
  readonly process: ChildProcess
}

const server = await startSink()
for (const workload of asked.length > 0 ? asked : ['insert', 'page']) await compare(workload)
await server.stop()

async function compare(workload: string): Promise<void> {
  const start = async (name: string, way: string, workers = connections): Promise<Way> => {
    const script = fileURLToPath(new URL('overhead-way.ts', import.meta.url))
    const child = fork(script, [workload, way, server.origin, String(connections)])
    await reply(child)
    return { name, workers, process: child }
  }
  const http = await start('bare node:http', 'http')
  const ours = await start('this client', 'client')
  const undici = await start('bare undici Pool', 'undici')
  const dispatched = await start('client, that Pool', 'dispatcher')
  const others = [
    await start('fetch in p-limit', 'fetch'),
    await start('one at a time', 'fetch', 1),
  ]
  const ways = [http, ours, undici, dispatched, ...others]
  console.log(`${workload}: ${connections} connections, ${rounds} rounds of ${seconds} s`)
  await takeTurns(ways, WARM_UP)
  report(http, [ours], await takeTurns([http, ours], rounds), TARGET)
  report(undici, [dispatched], await takeTurns([undici, dispatched], rounds), TARGET)
  report(http, others, await takeTurns([http, ...others], Math.ceil(rounds / 3)))
  for (const way of ways) way.process.disconnect()
}

/** Rounds by way; the order alternates. */
async function takeTurns(ways: readonly Way[], turns: number): Promise<Map<Way, Round[]>> {
  const measured = new Map<Way, Round[]>(ways.map((way) => [way, []]))
  for (let turn = 0; turn < turns; turn++) {
    for (const way of turn % 2 === 0 ? ways : ways.toReversed()) {
      const order: RoundOrder = { seconds, workers: way.workers }
      way.process.send(order)
      measured.get(way)?.push((await reply(way.process)) as Round)
    }
  }
  return measured
}

async function reply(child: ChildProcess): Promise<unknown> {
  const replied = new AbortController()
  const { signal } = replied
  try {
    const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error(ENDED)))
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    replied.abort()
  }
}

function report(
  bare: Way,
  ways: readonly Way[],
  measured: ReadonlyMap<Way, readonly Round[]>,
  target?: number,
): void {
  const base = measured.get(bare) ?? []
  for (const way of [bare, ...ways]) {
    const own = measured.get(way) ?? []
    const rate = median(own.map((round) => round.rate)).toFixed(0)
    const cpu = median(own.map((round) => round.cpu)).toFixed(0)
    const figures = `${way.name.padEnd(18)}${rate.padStart(8)}/s ${cpu.padStart(5)} µs CPU each`
    if (way === bare) {
      console.log(`  ${figures}`)
      continue
    }
    const byRate = median(own.map((round, n) => round.rate / (base[n]?.rate ?? Number.NaN)))
    const byCpu = median(own.map((round, n) => (base[n]?.cpu ?? Number.NaN) / round.cpu))
    const isMissed = target !== undefined && byRate < target
    if (isMissed) process.exitCode = 1
    const verdict =
      target === undefined ? '' : `, ${target} required: ${isMissed ? 'MISSED' : 'met'}`
    console.log(
      `  ${figures}   ${byRate.toFixed(2)} of ${bare.name} by rate, ${byCpu.toFixed(2)} by CPU${verdict}`,
    )
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
