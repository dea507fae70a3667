/**
 * What the client reaches in front of a rate limit that nobody told it, over a whole run of some 18 s
 * from the first INSERT on: in front of the emulator's limits and of the real `@nestjs/throttler`,
 * each in a process of its own. Ends with 1 where a goal is missed.
 *
 *     node bench/pace.ts [--all] [part of a name]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Client, createClient } from '@chatlayer-tables/core'
import { airport } from './airport.ts'
import { type BenchServer, startEmulator, startThrottler } from './server-process.ts'
import type { ThrottlerSetting } from './throttler-server.ts'

const RUN_MS = 18_000
const CHANGE_MS = 9_000
const CONNECTIONS = 64
const GOALS = { all: 0.9, late: 0.95, refused: 0.03, unlimited: 0.93 }

interface Case {
  readonly name: string
  /** Run unless --all is given, too. */
  readonly usual?: boolean
  readonly start: () => Promise<BenchServer>
  /** How many the limit allows from one time to another, bursts left out. */
  readonly allowed: (fromMs: number, toMs: number) => number
  /** From where on the later part counts: a first rush may use a long window up. */
  readonly lateFromMs?: number
  readonly otherPerSecond?: number
  readonly unlimited?: boolean
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { all: { type: 'boolean' } },
})

let missed = 0
for (const each of cases()) {
  const isAsked =
    positionals.length > 0
      ? positionals.every((part) => each.name.includes(part))
      : values.all === true || each.usual === true
  if (isAsked) await run(each)
}
if (missed > 0) {
  console.log(`${missed} goals missed`)
  process.exitCode = 1
}

function cases(): Case[] {
  const list: Case[] = []
  const steady = (perSecond: number) => (from: number, to: number) =>
    (perSecond * (to - from)) / 1000
  for (const headers of [
    'retry-after-seconds',
    'retry-after-date',
    'x-ratelimit-seconds',
    'none',
  ]) {
    list.push(emulated('bucket', 300, 60, 20, headers, true))
  }
  for (const [perSecond, burst, latency] of [
    [10, 20, 20],
    [50, 50, 80],
    [1000, 1000, 20],
    [1000, 200, 5],
    [150, 30, 300],
    [300, 1, 20],
  ] as const) {
    list.push(emulated('bucket', perSecond, burst, latency, 'retry-after-seconds'))
  }
  list.push(emulated('window', 300, 300, 20, 'retry-after-seconds', true))
  list.push(emulated('window', 50, 50, 20, 'none'))
  for (const headers of [true, false]) {
    const told = headers ? '' : ', no headers'
    for (const limit of [10, 50, 300]) {
      const throttlers = [{ name: 'default', limit, ttl: 1000 }]
      list.push({
        ...throttled(`throttler ${limit} per 1 s${told}`, { throttlers, headers, latencyMs: 20 }),
        usual: limit === 300 || (limit === 50 && headers),
        allowed: steady(limit),
      })
    }
    list.push({
      ...throttled(`throttler 600 per 10 s${told}`, {
        throttlers: [{ name: 'default', limit: 600, ttl: 10_000 }],
        headers,
        latencyMs: 20,
      }),
      allowed: steady(60),
      lateFromMs: 10_000,
    })
    list.push({
      ...throttled(`throttler 100 per 1 s and 600 per 10 s${told}`, {
        throttlers: [
          { name: 'short', limit: 100, ttl: 1000 },
          { name: 'long', limit: 600, ttl: 10_000 },
        ],
        headers,
        latencyMs: 20,
      }),
      usual: headers,
      allowed: steady(60),
      lateFromMs: 10_000,
    })
  }
  for (const factor of [0.5, 2]) {
    const setting = {
      throttlers: [{ name: 'default', limit: 300, ttl: 1000 }],
      headers: true,
      latencyMs: 20,
      change: { afterMs: CHANGE_MS, factor },
    }
    list.push({
      ...throttled(`throttler 300 per 1 s, later ${factor * 300}`, setting),
      allowed: (from, to) =>
        (300 * (Math.min(CHANGE_MS, to) - Math.min(CHANGE_MS, from)) +
          300 * factor * (Math.max(CHANGE_MS, to) - Math.max(CHANGE_MS, from))) /
        1000,
    })
  }
  list.push({
    ...emulated('bucket', 300, 60, 20, 'retry-after-seconds'),
    name: 'bucket 300/s, another client takes 100',
    otherPerSecond: 100,
    allowed: (from, to) =>
      (300 * (to - from) - 100 * (Math.max(CHANGE_MS, to) - Math.max(CHANGE_MS, from))) / 1000,
  })
  for (const chance of [0, 0.01]) {
    const setting = { throttlers: [], headers: false, latencyMs: 80, chance }
    list.push({
      ...throttled(chance === 0 ? 'no limit, 80 ms' : 'no limit, 80 ms, 1% by chance', setting),
      usual: true,
      unlimited: true,
      allowed: steady((CONNECTIONS * 1000) / 80),
    })
  }
  return list
}

function throttled(name: string, setting: ThrottlerSetting): Pick<Case, 'name' | 'start'> {
  return { name, start: () => startThrottler(setting) }
}

function emulated(
  algorithm: 'bucket' | 'window',
  perSecond: number,
  burst: number,
  latency: number,
  headers: string,
  usual = false,
): Case {
  const fault = { kind: 'rate-limit', algorithm, perSecond, headers }
  const flags = [
    ...['--fault', JSON.stringify(algorithm === 'bucket' ? { ...fault, burst } : fault)],
    ...['--latency', String(latency)],
  ]
  return {
    name: `${algorithm} ${perSecond}/s${algorithm === 'bucket' ? `, burst ${burst}` : ''}, ${latency} ms, ${headers}`,
    usual,
    start: () => seeded(flags),
    allowed: (from, to) => (perSecond * (to - from)) / 1000,
  }
}

async function seeded(flags: readonly string[]): Promise<BenchServer> {
  const seed = await mkdtemp(join(tmpdir(), 'bench-pace-'))
  const columns = Object.keys(airport(0)).map((name) => ({ name, type: 'text' }))
  await writeFile(join(seed, 'x.schema.json'), JSON.stringify({ columns }))
  const server = await startEmulator(['--seed', seed, ...flags])
  const stop = async () => {
    await server.stop()
    await rm(seed, { recursive: true })
  }
  return { ...server, stop }
}

async function run(each: Case): Promise<void> {
  const server = await each.start()
  const client = connect(server)
  const other = each.otherPerSecond === undefined ? undefined : connect(server, each.otherPerSecond)
  try {
    const started = performance.now()
    const until = started + RUN_MS
    const besides = other && insertUntil(other, until, CHANGE_MS)
    const times = (await insertUntil(client, until)).map((time) => time - started)
    await besides
    const last = times.at(-1) ?? RUN_MS
    const lateFrom = each.lateFromMs ?? 3000
    const all = times.length / each.allowed(0, last)
    const late = times.filter((time) => time > lateFrom).length / each.allowed(lateFrom, last)
    const { sent, throttled: refused } = client.stats()
    report(each, { all, late, refused: refused / sent })
  } finally {
    await client.close()
    await other?.close()
    await server.stop()
  }
}

function connect({ origin, token, teamId, botId }: BenchServer, perSecond?: number): Client {
  const rate = perSecond === undefined ? undefined : { perSecond }
  return createClient({ baseUrl: origin, token, teamId, botId, connections: CONNECTIONS, rate })
}

/** When each row was written. */
async function insertUntil(client: Client, until: number, delayMs = 0): Promise<number[]> {
  await new Promise((resolve) => setTimeout(resolve, delayMs))
  const times: number[] = []
  async function* rows() {
    for (let n = 0; performance.now() < until; n++) yield airport(n)
  }
  for await (const outcome of client.table('x').insertMany(rows())) {
    if (outcome.status !== 'ok') throw outcome.error
    if (performance.now() < until) times.push(performance.now())
  }
  return times
}

function report(each: Case, figures: { all: number; late: number; refused: number }): void {
  const misses = [
    figures.all < (each.unlimited === true ? GOALS.unlimited : GOALS.all) && 'whole run',
    figures.late < (each.unlimited === true ? GOALS.unlimited : GOALS.late) && 'later part',
    figures.refused >= GOALS.refused && 'refused',
  ].filter((miss) => miss !== false)
  missed += misses.length
  const verdict = misses.length > 0 ? `  missed: ${misses.join(', ')}` : ''
  console.log(
    `  ${each.name.padEnd(52)} ${percent(figures.all)} of the limit, later ${percent(figures.late)}, ` +
      `${percent(figures.refused)} refused${verdict}`,
  )
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`.padStart(6)
}
