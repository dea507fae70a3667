/**
 * How much of a rate limit the client uses without being told of it: INSERTs for 20 s from the first
 * one on, in front of the emulator's limits, of windows and of the real `@nestjs/throttler`, each
 * in a process of its own. Light cases run at the same time. Takes some ten minutes; with parts of a
 * name, runs only those cases.
 *
 *     node bench/pace.ts [part of a name]
 *
 * Exits with 1 where a goal is missed that the table in docs/how-it-works/pace.md does not list.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@chatlayer-tables/core'
import { airport } from './airport.ts'
import { type BenchServer, startEmulator, startThrottler } from './server-process.ts'
import type { ThrottlerSetting } from './throttler-server.ts'

const RUN_MS = 20_000
const CHANGE_MS = 10_000
const CONNECTIONS = 64
const GOALS = { all: 0.9, late: 0.95, refused: 0.03, unlimited: 0.93 }
/** Cases run together as long as their requests a second stay below this, and their number too. */
const MAX_LOAD = 650
const MAX_CASES = 6

interface Case {
  readonly name: string
  readonly start: () => Promise<BenchServer>
  /** Requests that the limit allows from one time to another, bursts left out. */
  readonly allowed: (fromMs: number, toMs: number) => number
  /** Requests a second. */
  readonly load: number
  readonly runMs?: number
  /** From where on the later part counts: a first rush may use a long window up. */
  readonly lateFromMs?: number
  readonly otherPerSecond?: number
  readonly unlimited?: boolean
  /** What the client reached before (decision 26): whole run, later part, refused; in percent. */
  readonly before?: string | undefined
}

/** From the issue's pacing study, at 1259f2b: imports of some 20 s by the command line. */
const BEFORE: Readonly<Record<string, string>> = {
  'bucket 300/s, burst 60, 20 ms, retry-after-seconds': '68 / 72 / 0.5',
  'bucket 300/s, burst 60, 20 ms, retry-after-date': '60 / 64 / 0.5',
  'bucket 300/s, burst 60, 20 ms, x-ratelimit-seconds': '64 / 68 / 0.2',
  'bucket 300/s, burst 60, 20 ms, none': '73 / 79 / 0.6',
  'bucket 50/s, burst 50, 80 ms, retry-after-seconds': '99 / 96 / 1.4',
  'bucket 1000/s, burst 1000, 20 ms, none': '101 / 96 / 0.4',
  'bucket 1000/s, burst 200, 5 ms, retry-after-seconds': '67 / 69 / 0.1',
  'bucket 150/s, burst 30, 300 ms, retry-after-seconds': '64 / 67 / 0.5',
  'bucket 10/s, burst 20, 20 ms, retry-after-seconds': '97 / 96 / 8.1',
  'bucket 300/s, burst 1, 20 ms, retry-after-seconds': '28 / 29 / 0.4',
  'bucket 300/s, another client takes 100': '67 / 72 / 0.3',
  'fixed window 300 per 1 s': '80 / 76 / 0.9',
  'sliding window 300 per 1 s, no headers': '86 / 89 / 0.5',
  'throttler 300 per 1 s, halved': '64 / 68 / 0.8',
  'throttler 300 per 1 s, doubled': '80 / 84 / 1.0',
  'throttler 300 per 1 s': '75 / - / 0.5',
  'throttler 300 per 1 s, no headers': '68 / - / 1.2',
  'throttler 50 per 1 s': '74 / - / 2.7',
  'throttler 600 per 10 s': '66 / - / 1.5',
  'fixed window 2000 per 60 s': '100 / - / 0.0',
  'no limit, 20 ms': '93 / 94 / 0.0',
  'no limit, 20 ms, 1% by chance': '83 / 93 / 1.0',
}

const known = await notReached()
let missed = 0
let load = 0
let running = 0
const waiting: (() => void)[] = []
const chosen = cases().filter(({ name }) =>
  process.argv.slice(2).every((part) => name.includes(part)),
)
console.log(`${' '.repeat(54)}whole run  later  refused   before`)
await Promise.all(chosen.sort((a, b) => b.load - a.load).map(inTurn))
if (missed > 0) {
  console.log(`${missed} goals missed that docs/how-it-works/pace.md does not list`)
  process.exitCode = 1
}

/** Runs a case when there is room for its load; one over the maximum runs alone. */
async function inTurn(each: Case): Promise<void> {
  while (running > 0 && (load + each.load > MAX_LOAD || running >= MAX_CASES)) {
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  load += each.load
  running += 1
  await run(each)
  load -= each.load
  running -= 1
  for (const resume of waiting.splice(0)) resume()
}

/** Goals by case, as the table in docs/how-it-works/pace.md lists them. */
async function notReached(): Promise<Map<string, string>> {
  const page = await readFile(new URL('../docs/how-it-works/pace.md', import.meta.url), 'utf8')
  return new Map(
    [...page.matchAll(/^\| `([^`]+)` *\|([^|]*)\|/gm)].map(([, a, b]) => [a ?? '', b ?? '']),
  )
}

function cases(): Case[] {
  const list: Case[] = []
  for (const headers of [
    'retry-after-seconds',
    'retry-after-date',
    'x-ratelimit-seconds',
    'none',
  ]) {
    list.push(emulated(300, 60, 20, headers))
  }
  for (const [perSecond, burst, latency, headers] of [
    [10, 20, 20, 'retry-after-seconds'],
    [50, 50, 80, 'retry-after-seconds'],
    [50, 20, 5, 'none'],
    [300, 60, 80, 'none'],
    [150, 30, 300, 'retry-after-seconds'],
    [1000, 200, 5, 'retry-after-seconds'],
    [1000, 1000, 20, 'none'],
    [300, 1, 20, 'retry-after-seconds'],
  ] as const) {
    list.push(emulated(perSecond, burst, latency, headers))
  }
  for (const headers of [true, false]) {
    for (const kind of ['fixed', 'sliding'] as const) {
      for (const limit of [50, 300]) list.push(windowed(kind, limit, 1000, headers))
      list.push(windowed(kind, 600, 10_000, headers))
    }
    for (const limit of [10, 50, 300]) list.push(throttled([{ limit, ttl: 1000 }], { headers }))
    list.push(throttled([{ limit: 600, ttl: 10_000 }], { headers }))
    const both = [
      { name: 'short', limit: 100, ttl: 1000 },
      { name: 'long', limit: 600, ttl: 10_000 },
    ]
    list.push(throttled(both, { headers }))
  }
  list.push({ ...windowed('fixed', 2000, 60_000, true), runMs: 125_000, lateFromMs: 60_000 })
  for (const latencyMs of [5, 80]) list.push(throttled([{ limit: 300, ttl: 1000 }], { latencyMs }))
  list.push(throttled([{ limit: 50, ttl: 1000 }], { latencyMs: 300 }))
  for (const [factor, name] of [
    [0.5, 'halved'],
    [2, 'doubled'],
  ] as const) {
    const change = { afterMs: CHANGE_MS, factor }
    list.push({
      ...throttled([{ limit: 300, ttl: 1000 }], { change }, `, ${name}`),
      load: 300 * Math.max(1, factor),
      allowed: (from, to) =>
        (300 * (Math.min(CHANGE_MS, to) - Math.min(CHANGE_MS, from)) +
          300 * factor * (Math.max(CHANGE_MS, to) - Math.max(CHANGE_MS, from))) /
        1000,
    })
  }
  list.push(
    named({
      ...emulated(300, 60, 20, 'retry-after-seconds'),
      name: 'bucket 300/s, another client takes 100',
      otherPerSecond: 100,
      allowed: (from, to) =>
        (300 * (to - from) - 100 * (Math.max(CHANGE_MS, to) - Math.max(CHANGE_MS, from))) / 1000,
    }),
  )
  for (const latencyMs of [20, 80, 300]) {
    for (const chance of [0, 0.01]) list.push(unlimited(latencyMs, chance))
  }
  return list
}

function named(each: Case): Case {
  return { ...each, before: BEFORE[each.name] }
}

function steady(perSecond: number): Case['allowed'] {
  return (from, to) => (perSecond * (to - from)) / 1000
}

/** The tightest of several limits decides; none is named `default` then. */
function throttled(
  limits: readonly { readonly name?: string; readonly limit: number; readonly ttl: number }[],
  rest: Partial<ThrottlerSetting>,
  suffix = '',
): Case {
  const { headers = true, latencyMs = 20 } = rest
  const load = Math.min(...limits.map(({ limit, ttl }) => (limit * 1000) / ttl))
  const longest = Math.max(...limits.map(({ ttl }) => ttl))
  const name = limits.map(({ limit, ttl }) => `${limit} per ${ttl / 1000} s`).join(' and ')
  const throttlers = limits.map((each) => ({ name: 'default', ...each }))
  return named({
    name: `throttler ${name}${latencyMs === 20 ? '' : `, ${latencyMs} ms`}${headers ? '' : ', no headers'}${suffix}`,
    start: () => startThrottler({ throttlers, ...rest, headers, latencyMs }),
    load,
    allowed: steady(load),
    ...(longest > 1000 ? { lateFromMs: longest } : {}),
  })
}

function windowed(
  kind: 'fixed' | 'sliding',
  limit: number,
  windowMs: number,
  headers: boolean,
): Case {
  const load = (limit * 1000) / windowMs
  const window = { kind, limit, windowMs }
  return named({
    name: `${kind} window ${limit} per ${windowMs / 1000} s${headers ? '' : ', no headers'}`,
    start: () => startThrottler({ throttlers: [], window, headers, latencyMs: 20 }),
    load,
    allowed: steady(load),
    ...(windowMs > 1000 ? { lateFromMs: windowMs } : {}),
  })
}

function unlimited(latencyMs: number, chance: number): Case {
  const load = (CONNECTIONS * 1000) / latencyMs
  return named({
    name: `no limit, ${latencyMs} ms${chance > 0 ? ', 1% by chance' : ''}`,
    start: () => startThrottler({ throttlers: [], headers: false, latencyMs, chance }),
    load,
    allowed: steady(load),
    unlimited: true,
  })
}

function emulated(perSecond: number, burst: number, latency: number, headers: string): Case {
  const fault = { kind: 'rate-limit', algorithm: 'bucket', perSecond, burst, headers }
  const flags = ['--fault', JSON.stringify(fault), '--latency', String(latency)]
  return named({
    name: `bucket ${perSecond}/s, burst ${burst}, ${latency} ms, ${headers}`,
    start: () => seeded(flags),
    load: perSecond,
    allowed: steady(perSecond),
  })
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
  const { runMs = RUN_MS, lateFromMs = 3000 } = each
  const server = await each.start()
  const client = connect(server)
  const other = each.otherPerSecond === undefined ? undefined : connect(server, each.otherPerSecond)
  try {
    const started = performance.now()
    const until = started + runMs
    const besides = other && insertUntil(other, until, CHANGE_MS)
    const times = (await insertUntil(client, until)).map((time) => time - started)
    await besides
    const late = times.filter((time) => time > lateFromMs).length
    const { sent, throttled } = client.stats()
    report(each, {
      all: times.length / each.allowed(0, runMs),
      late: late / each.allowed(lateFromMs, runMs),
      refused: throttled / sent,
    })
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
  const { name, unlimited: isUnlimited = false, before = '' } = each
  const misses = [
    figures.all < (isUnlimited ? GOALS.unlimited : GOALS.all) && 'whole run',
    figures.late < (isUnlimited ? GOALS.unlimited : GOALS.late) && 'later part',
    figures.refused >= GOALS.refused && 'refused',
  ].filter((miss) => miss !== false)
  const unknown = misses.filter((miss) => known.get(name)?.includes(miss) !== true)
  missed += unknown.length
  const verdict = misses.map((miss) => (unknown.includes(miss) ? `MISSED: ${miss}` : `(${miss})`))
  const { all, late, refused } = figures
  console.log(
    `${name.padEnd(54)} ${percent(all)} ${percent(late)} ${percent(refused)}   ${before.padEnd(15)} ${verdict.join(' ')}`.trimEnd(),
  )
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)}%`.padStart(7)
}
