/**
 * The inserts per second of the emulator, in memory and on one core, next to a bare node:http server
 * that reads the same requests and responds with as many bytes. Run: node bench/emulator.ts
 *
 * The load comes from this process, so the server has its own core. A server's CPU time per request
 * shows its rate if the load took no time.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'

const CONNECTIONS = 64
const WARM_UP_MS = 2_000
const MEASURED_MS = 6_000
const FLOOR = 5_000

/** The path at which both servers report their CPU time, as `{cpu: {user, system}}`. */
const STATS = '/_emulator/stats'

const COLUMNS = ['iata', 'name', 'city', 'state', 'country', 'latitude', 'longitude']
/** Written by hand, so that the benchmark does not depend on our encoder. */
const BODY = JSON.stringify({
  type: 'INSERT',
  fields: COLUMNS.map((columnName, index) => ({ columnName, value: `value ${index} of a row` })),
})

interface Subject {
  readonly origin: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly process: ChildProcess
}

interface Figures {
  readonly perSecond: number
  /** Microseconds of the server's CPU for each request. */
  readonly cpu: number
}

if (process.argv[2] === 'sink') serveSink(Number(process.argv[3]))
else await compare()

async function compare(): Promise<void> {
  const emulator = await startEmulator()
  let responseBytes: number
  let insert: Figures
  try {
    responseBytes = await sizeOfResponse(emulator)
    insert = await measure(emulator)
  } finally {
    await stop(emulator.process)
  }
  const sink = await startSink(responseBytes, emulator)
  let bare: Figures
  try {
    bare = await measure(sink)
  } finally {
    await stop(sink.process)
  }
  report('emulator, inserts in memory', insert)
  report('bare node:http, same load', bare)
  const byRate = (insert.perSecond / bare.perSecond).toFixed(2)
  const byCpu = (bare.cpu / insert.cpu).toFixed(2)
  console.log(`ratio of emulator to bare: ${byRate} by rate, ${byCpu} by CPU`)
  const isMet = Math.max(insert.perSecond, oneCore(insert)) >= FLOOR
  console.log(`floor of ${FLOOR} inserts/s on one core: ${isMet ? 'met' : 'MISSED'}`)
  process.exitCode = isMet ? 0 : 1
}

/** The rate on a dedicated core; on a busy machine the measured rate is lower. */
function oneCore({ cpu }: Figures): number {
  return 1_000_000 / cpu
}

function report(name: string, figures: Figures): void {
  const { perSecond, cpu } = figures
  console.log(
    `${name}: ${Math.round(perSecond)}/s; ${cpu.toFixed(1)} µs of the server's CPU each, ` +
      `which is ${Math.round(oneCore(figures))}/s on a dedicated core`,
  )
}

async function startEmulator(): Promise<Subject> {
  const bin = new URL('./bin.js', import.meta.resolve('@chatlayer-tables/emulator'))
  const token = 'bench:token'
  const child = spawn(process.execPath, [fileURLToPath(bin), '--port', '0', '--json'], {
    env: { ...process.env, CHATLAYER_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { url, teamId, botId } = JSON.parse(line) as Record<'url' | 'teamId' | 'botId', string>
  const made = await fetch(`${url}/_emulator/tables`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'airports',
      columns: COLUMNS.map((name) => ({ name, type: 'text' })),
    }),
  })
  const { id } = (await made.json()) as { id: string }
  return {
    origin: url,
    path: `/api/v1/teams/${teamId}/bots/${botId}/tables/${id}/action?version=DRAFT`,
    headers: {
      authorization: `Basic ${Buffer.from(token).toString('base64')}`,
      'content-type': 'application/json',
    },
    process: child,
  }
}

async function startSink(responseBytes: number, like: Subject): Promise<Subject> {
  const child = fork(fileURLToPath(import.meta.url), ['sink', String(responseBytes)])
  const [port] = (await once(child, 'message')) as [number]
  const { path, headers } = like
  return { origin: `http://127.0.0.1:${port}`, path, headers, process: child }
}

/** In the child process: reads and parses each body, and responds with the given number of bytes. */
function serveSink(responseBytes: number): void {
  const content = JSON.stringify({ data: 'x'.repeat(Math.max(0, responseBytes - 11)) })
  const send = (response: ServerResponse, body: string) => {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  }
  const server = createServer((request, response) => {
    if (request.url === STATS) return send(response, JSON.stringify({ cpu: process.cpuUsage() }))
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString())
      send(response, content)
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
}

async function sizeOfResponse({ origin, path, headers }: Subject): Promise<number> {
  const response = await fetch(origin + path, { method: 'POST', headers, body: BODY })
  if (response.status !== 200) throw new Error(`the emulator returned ${response.status}`)
  return (await response.arrayBuffer()).byteLength
}

async function measure(subject: Subject): Promise<Figures> {
  const pool = new Pool(subject.origin, { connections: CONNECTIONS })
  try {
    await postFor(pool, subject, WARM_UP_MS)
    const cpuBefore = await cpuOf(subject)
    const start = performance.now()
    const count = await postFor(pool, subject, MEASURED_MS)
    const seconds = (performance.now() - start) / 1000
    const cpu = ((await cpuOf(subject)) - cpuBefore) / count
    return { perSecond: count / seconds, cpu }
  } finally {
    await pool.close()
  }
}

/** Keeps every connection busy; returns the number of responses. */
async function postFor(pool: Pool, { path, headers }: Subject, ms: number): Promise<number> {
  const end = performance.now() + ms
  let count = 0
  const post = async () => {
    while (performance.now() < end) {
      const { statusCode, body } = await pool.request({ method: 'POST', path, headers, body: BODY })
      await body.dump()
      if (statusCode !== 200) throw new Error(`the server returned ${statusCode}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, post))
  return count
}

async function cpuOf({ origin }: Subject): Promise<number> {
  const stats = (await (await fetch(origin + STATS)).json()) as {
    cpu: { user: number; system: number }
  }
  return stats.cpu.user + stats.cpu.system
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
