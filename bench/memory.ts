/**
 * The peak memory of a million inserts: an async iterable through `insertMany` into a sink, and a bare
 * `node:http` loop that posts the same bodies, each in a separate process. V8's limit depends on the
 * machine, so both run with Node's defaults and with a young generation of 16 MB per half; with the latter, `insertMany` must stay below the limit. See
 * docs/decisions/0011-heap-of-the-command-line.md.
 *
 *     node bench/memory.ts [--rows 1000000]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createClient } from '@chatlayer-tables/core'
import { airport } from './airport.ts'
import { createBareHttp } from './bare-http.ts'
import { type BenchServer, startSink } from './server-process.ts'

const CONNECTIONS = 64
const MAX_MB = 200
const YOUNG = '--max-semi-space-size=16'
const FLAGS = [[], [YOUNG]]

interface Figures {
  readonly peakMb: number
  readonly perSecond: number
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string', default: '1000000' } },
})
const rows = Number(flags.rows)

const WAYS: Record<string, (server: BenchServer) => Promise<void>> = {
  insertMany: insertAll,
  'node:http': postAll,
}
const [name] = positionals
const way = name === undefined ? undefined : WAYS[name]
if (way === undefined) await compare()
else await measure(way)

async function compare(): Promise<void> {
  console.log(`peak of resident memory, ${rows} inserts, ${CONNECTIONS} connections`)
  for (const each of Object.keys(WAYS)) {
    for (const execArgv of FLAGS) {
      const { peakMb, perSecond } = await inProcess(each, execArgv)
      const isLimited = each === 'insertMany' && execArgv.includes(YOUNG)
      const isMissed = isLimited && peakMb >= MAX_MB
      if (isMissed) process.exitCode = 1
      const verdict = isMissed ? `, over ${MAX_MB} MB` : ''
      console.log(
        `  ${each.padEnd(15)}${peakMb.toFixed(0).padStart(5)} MB ${perSecond.toFixed(0).padStart(7)}/s  ${execArgv.join(' ') || 'by default'}${verdict}`,
      )
    }
  }
}

async function inProcess(each: string, execArgv: readonly string[]): Promise<Figures> {
  const args = [each, '--rows', String(rows)]
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: [...execArgv] })
  const [figures] = await Promise.race([
    once(child, 'message') as Promise<[Figures]>,
    once(child, 'exit').then(([code]): never => {
      throw new Error(`${each} ended with ${code}`)
    }),
  ])
  return figures
}

/** Runs in the separate process. */
async function measure(run: (server: BenchServer) => Promise<void>): Promise<void> {
  const server = await startSink()
  const started = performance.now()
  await run(server)
  const perSecond = (rows * 1_000) / (performance.now() - started)
  const peakMb = process.resourceUsage().maxRSS / 1_024
  await server.stop()
  process.send?.({ peakMb, perSecond } satisfies Figures)
}

async function insertAll({ origin, token, teamId, botId }: BenchServer): Promise<void> {
  const client = createClient({ baseUrl: origin, token, teamId, botId, connections: CONNECTIONS })
  async function* airports() {
    for (let n = 0; n < rows; n++) yield airport(n)
  }
  const { ok } = await client.table('x').insertMany(airports())
  if (ok !== rows) throw new Error(`only ${ok} of ${rows} rows were inserted`)
  await client.close()
}

async function postAll({ origin, token, teamId, botId }: BenchServer): Promise<void> {
  const bare = createBareHttp(origin, CONNECTIONS)
  const path = `/api/v1/teams/${teamId}/bots/${botId}/tables/x/action?version=DRAFT`
  const headers = {
    authorization: `Basic ${Buffer.from(token).toString('base64')}`,
    'content-type': 'application/json',
  }
  let next = 0
  const work = async () => {
    while (next < rows) {
      const fields = Object.entries(airport(next++)).map(([columnName, value]) => ({
        columnName,
        value,
      }))
      const body = JSON.stringify({ type: 'INSERT', fields })
      await bare.json({ path, method: 'POST', headers, body })
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  bare.close()
}
