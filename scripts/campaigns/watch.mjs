/**
 * Tests whether `clt records watch` misses changes. It watches a table of the emulator while a writer
 * inserts, updates and deletes records. The events are then compared with the writer's log, record by
 * record:
 *
 * - each event must show states that the record had, in their order, each at most once;
 * - the last state shown must be the last one written;
 * - a state that lasted for longer than two polls must be shown.
 *
 * Several changes of a record between two polls may be one event.
 *
 *     node scripts/campaigns/watch.mjs [--seconds 300] [--rate 5] [--interval 1000] [--rows 1000]
 *       [--slack 1000] [--date-filter camel] [--step-clock]
 *
 * `--rate` is changes a second, `--interval` milliseconds between two polls, `--slack` milliseconds that
 * two polls may take in themselves, `--rows` records at the beginning. A table of more than 500 is read
 * by dates where the gateway filters them: `--date-filter none` makes it one that does not.
 * `--step-clock` sets the system clock of the watch, and of nothing else, back and forth by up to a
 * year every few seconds.
 *
 * `npm run campaign:watch -- [flags]` builds first. Prints a line every 30 seconds, then the sums; fails
 * when an event is missing, repeated or wrong.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ROOT } from '../workspace.mjs'
import { mulberry32, startEmulator } from './processes.mjs'

const CLI = join(ROOT, 'apps/cli/dist/bin.js')
const { createClient } = await import(join(ROOT, 'packages/core/dist/index.js'))

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    rate: { type: 'string', default: '5' },
    interval: { type: 'string', default: '1000' },
    slack: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '1000' },
    'date-filter': { type: 'string', default: 'camel' },
    'step-clock': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
})
const seconds = Number(flags.seconds)
const rate = Number(flags.rate)
const intervalMs = Number(flags.interval)

const TABLE = 'rows'
const COLUMNS = { code: 'text', size: 'int' }
/** Inserts and deletes per hundred changes; the others are updates. */
const INSERTS = 30
const DELETES = 25
/** Updates per hundred of records written in the last seconds. */
const HOT = 30
/** A state that lasted this long existed during a whole poll. */
const MUST_BE_SEEN_MS = 2 * intervalMs + Number(flags.slack)
/** The maximum time until the watch reports the last change. */
const MAX_REPORT_MS = 10 * intervalMs + 20_000
const REPORT_MS = 30_000
const MAX_REPORTED = 20

/** Sets the clock of a process: the same steps for `Date.now` and `new Date`. */
const STEPPED_CLOCK = `data:text/javascript,${encodeURIComponent(`
  const steps = [0, 6e4, -6e4, 36e5, -36e5, 864e5, -864e5, 31536e6, -31536e6]
  const { Date: RealDate } = globalThis
  const now = () => RealDate.now() + steps[Math.floor(performance.now() / 4e3) % steps.length]
  globalThis.Date = class extends RealDate {
    constructor(...args) { if (args.length === 0) super(now()); else super(...args) }
    static now() { return now() }
  }
`)}`

/**
 * The values of a record at some time as one text; undefined if there is no record.
 *
 * @typedef {string | undefined} State
 * @typedef {{ state: State, at: number }} Written
 * @typedef {{ event: string, id: string, before: State, after: State, at: number }} Seen
 */

/** The states of each record, in order. @type {Map<string, Written[]>} */
const written = new Map()
/** @type {Seen[]} */
const events = []
let changes = 0

const random = mulberry32(Number(flags.seed))
const folder = await mkdtemp(join(tmpdir(), 'campaign-watch-'))
const emulator = await startEmulator(folder, { [TABLE]: COLUMNS })
const { CHATLAYER_BASE_URL, CHATLAYER_TOKEN, CHATLAYER_TEAM_ID, CHATLAYER_BOT_ID } =
  emulator.connection
const client = createClient({
  baseUrl: CHATLAYER_BASE_URL,
  token: CHATLAYER_TOKEN,
  teamId: CHATLAYER_TEAM_ID,
  botId: CHATLAYER_BOT_ID,
})
const table = client.table(TABLE)
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  await client.close()
  emulator.child.kill()
  await rm(folder, { recursive: true, force: true })
}

async function campaign() {
  await emulator.admin('PATCH', 'dialect', { timestampFilter: flags['date-filter'] })
  const records = Array.from({ length: Number(flags.rows) }, (_, n) => ({ code: `r${n}`, size: n }))
  await emulator.admin('POST', `tables/${TABLE}/records`, records)
  const watch = await startWatch()
  for await (const { id, values } of table.records()) note(id, values)
  await write()
  const isReported = await untilReported()
  const { code, stderr } = await watch.end()
  const problems = [
    ...(isReported ? [] : ['the last changes were not reported in time']),
    ...(code === 130 ? [] : [`the watch ended with exit code ${code}`]),
    ...[...written].flatMap(([id, states]) => problemsOf(id, states)),
    ...events.filter(({ id }) => !written.has(id)).map(({ id }) => `${id} was never written`),
  ]
  console.log(stderr.trim())
  for (const problem of problems.slice(0, MAX_REPORTED)) console.log(`problem: ${problem}`)
  const { p50, p99, max } = delays()
  console.log(
    `${changes} changes of ${written.size} records, ${events.length} events, ${problems.length} problems; ` +
      `noticed after ${p50} ms (median), ${p99} ms (p99), ${max} ms (at most)`,
  )
  return problems.length === 0
}

/** Resolves once the watch has read the table for the first time. */
async function startWatch() {
  const preload = flags['step-clock'] ? ['--import', STEPPED_CLOCK] : []
  const args = ['records', 'watch', TABLE, '--json', '--interval', `${intervalMs}ms`]
  const child = spawn(process.execPath, [...preload, CLI, ...args], {
    env: { ...emulator.connection, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  const ended = once(child, 'close')
  const output = createInterface(child.stdout)
  output.on('line', (line) => {
    const { event, id, before, values } = JSON.parse(line)
    events.push({ event, id, before: text(before), after: text(values), at: performance.now() })
  })
  await new Promise((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk
      if (stderr.includes('Ctrl-C ends it')) resolve(undefined)
    })
    ended.then(() => reject(new Error(`the watch ended: ${stderr}`)))
  })
  return {
    async end() {
      child.kill('SIGINT')
      const [code] = await ended
      return { code, stderr }
    },
  }
}

/** Makes one change after another, at the rate of the flags. */
async function write() {
  const startedAt = performance.now()
  const live = [...written.keys()]
  let reportAt = startedAt + REPORT_MS
  const count = seconds * rate
  while (changes < count) {
    const wait = startedAt + (changes * 1_000) / rate - performance.now()
    if (wait > 0) await sleep(wait)
    await change(live)
    changes++
    if (performance.now() < reportAt) continue
    const span = Math.round((performance.now() - startedAt) / 1_000)
    console.log(`${span} s: ${changes} changes, ${events.length} events`)
    reportAt += REPORT_MS
    await emulator.admin('DELETE', 'requests')
  }
}

/** @param {string[]} live ids of the existing records, the latest last */
async function change(live) {
  const values = { code: `c${changes}`, size: changes }
  const kind = random() * 100
  if (kind < INSERTS || live.length === 0) {
    const { id } = await table.insert(values)
    note(id, values)
    live.push(id)
    return
  }
  const isHot = random() * 100 < HOT
  const from = isHot ? Math.max(0, live.length - rate) : 0
  const at = from + Math.floor(random() * (live.length - from))
  const id = live[at] ?? ''
  if (kind < INSERTS + DELETES) {
    await table.deleteOne(id)
    live.splice(at, 1)
    note(id, undefined)
  } else {
    await table.updateOne(id, values)
    note(id, values)
  }
}

/**
 * @param {string} id
 * @param {object | undefined} values
 */
function note(id, values) {
  const states = written.get(id) ?? []
  states.push({ state: text(values), at: performance.now() })
  written.set(id, states)
}

/** @param {object | null | undefined} values */
function text(values) {
  return values === null || values === undefined ? undefined : JSON.stringify(values)
}

/** Whether the watch has shown the last state of every record. */
async function untilReported() {
  const deadline = performance.now() + MAX_REPORT_MS
  while (performance.now() < deadline) {
    const shown = new Map(events.map(({ id, after }) => [id, after]))
    const isReported = [...written].every(([id, states]) => {
      const last = states.at(-1)?.state
      return shown.has(id) ? shown.get(id) === last : isUnchanged(id, states)
    })
    if (isReported) {
      // Later events would be wrong.
      await sleep(3 * intervalMs)
      return true
    }
    await sleep(200)
  }
  return false
}

/**
 * Whether a record has no change to report.
 *
 * @param {string} id
 * @param {Written[]} states
 */
function isUnchanged(id, states) {
  return stateAtFirst(id) === states.at(-1)?.state
}

/** The state of a record at the start of the watch. @param {string} id @returns {State} */
function stateAtFirst(id) {
  const [first] = written.get(id) ?? []
  return first !== undefined && JSON.parse(first.state ?? '{}').code?.startsWith('r')
    ? first.state
    : undefined
}

/**
 * The problems of the events of one record.
 *
 * @param {string} id
 * @param {Written[]} states
 * @returns {string[]}
 */
function problemsOf(id, states) {
  const problems = []
  const own = events.filter((event) => event.id === id)
  let shown = stateAtFirst(id)
  let at = shown === undefined ? -1 : 0
  const indexes = new Set([at])
  for (const { event, before, after } of own) {
    const next = states.findIndex(({ state }, index) => index > at && state === after)
    if (before !== shown) problems.push(`${id}: ${event} shows ${before} before, not ${shown}`)
    if (next < 0) problems.push(`${id}: ${event} shows ${after}, which is not a later state`)
    else at = next
    indexes.add(at)
    shown = after
  }
  const last = states.at(-1)?.state
  if (shown !== last) problems.push(`${id}: the last state shown is ${shown}, not ${last}`)
  for (const [index, { state, at: since }] of states.entries()) {
    const lastedMs = (states[index + 1]?.at ?? Number.POSITIVE_INFINITY) - since
    if (state !== undefined && lastedMs > MUST_BE_SEEN_MS && !indexes.has(index)) {
      problems.push(`${id}: ${state} lasted for ${Math.round(lastedMs)} ms and was not shown`)
    }
  }
  return problems
}

/** Times from changes to their events, in milliseconds. */
function delays() {
  const all = events.map(({ id, after, at }) => {
    const states = written.get(id) ?? []
    return Math.max(0, at - (states.findLast(({ state }) => state === after)?.at ?? at))
  })
  const sorted = all.toSorted((a, b) => a - b)
  /** @param {number} share */
  const quantile = (share) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) }
}
