/**
 * Imports that are killed, again and again: the emulator runs in a process of its own and resets 1%
 * of the connections after it has committed an insert; the built command line imports a file, is
 * killed with SIGKILL at a random moment one to five times, and goes on each time with
 * `clt jobs resume`. In the end the table must hold each row of the file exactly as often as the
 * file does, equal twins among them. Each process has a clock that is off by up to a year, and in
 * every second run others insert and delete records of the table meanwhile (`--no-clock-steps`,
 * `--no-writer`).
 *
 *     node scripts/campaigns/kill-import.mjs [--runs 100] [--rows 5000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:kill -- [flags]` builds first. Prints a line for each run, then how many rows were lost and
 * how many doubled; fails when any was.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CIRCUMSTANCES, clockSteps, isOfWriter, startWriter } from './circumstances.mjs'
import { clt, jobStatus, mulberry32, startEmulator } from './processes.mjs'

const TABLE = 'rows'
const COLUMNS = { code: 'text', name: 'text', size: 'int', price: 'numeric' }

/** So many rows of a hundred have an equal twin somewhere else in the file. */
const TWINS = 10
/** No import takes longer, killed and resumed or not. */
const RUN_MS = 120_000

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: 'string', default: '100' },
    rows: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: '5' },
    ...CIRCUMSTANCES,
  },
})
const runs = Number(flags.runs)
const rowCount = Number(flags.rows)

/** Starting, and settling what an earlier process may have sent, take about so long. */
const EARLY_MS = 800
/** One kill of so many, of those after the first, falls into that time. */
const EARLY_SHARE = 0.3
/** No kill comes later than this part of the rows: the process may have ended by then. */
const LATEST = 0.95

const folder = await mkdtemp(join(tmpdir(), 'kill-import-'))
const emulator = await startEmulator(folder, { [TABLE]: COLUMNS })
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  emulator.child.kill()
  await rm(folder, { recursive: true, force: true })
}

async function campaign() {
  const startedAt = performance.now()
  const total = { lost: 0, doubled: 0, unknown: 0, kills: 0, spared: 0 }
  for (let run = 1; run <= runs; run++) {
    const result = await oneRun(run, 5)
    if (result.kills === 0) total.spared += 1
    total.lost += result.lost
    total.doubled += result.doubled
    total.unknown += result.unknown
    total.kills += result.kills
    const { kills, lost, doubled, unknown, ms } = result
    console.log(
      `run ${run}: killed ${kills} times, ${lost} lost, ${doubled} doubled, ${unknown} unknown, ${(ms / 1000).toFixed(1)} s`,
    )
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(
    `${runs} imports of ${rowCount} rows, ${total.kills} kills: ${total.lost} lost, ${total.doubled} doubled, ${total.unknown} unknown, in ${seconds} s`,
  )
  if (total.spared > 0) console.log(`${total.spared} imports ended before they were killed`)
  return total.lost === 0 && total.doubled === 0 && total.unknown === 0
}

/**
 * @param {number} run its number, which with the seed decides on the file and on the kills
 * @param {number} mostKills
 */
async function oneRun(run, mostKills) {
  const startedAt = performance.now()
  const random = mulberry32(Number(flags.seed) * 10_007 + run)
  const rows = makeRows(random, run)
  const file = join(folder, `rows-${run}.csv`)
  await writeFile(file, `${Object.keys(COLUMNS).join(',')}\n${rows.join('\n')}\n`)
  await emulator.admin('POST', 'reset')
  await emulator.admin('PUT', 'faults', [
    { kind: 'reset', when: 'after', rate: 0.01, actions: ['INSERT'] },
    { kind: 'latency', ms: { min: 0, max: Number(flags.latency) }, when: 'before' },
    { kind: 'latency', ms: { min: 0, max: Number(flags.latency) }, when: 'after' },
  ])
  const env = {
    PATH: process.env.PATH,
    ...emulator.connection,
    XDG_STATE_HOME: join(folder, `state-${run}`),
  }
  const begin = ['import', TABLE, file, '--quiet']
  const planned = Math.ceil(random() * mostKills)
  let kills = 0
  let unknown = 0
  let args = begin
  const clock = clockSteps(random, flags['clock-steps'])
  const writer =
    flags.writer && run % 2 === 0
      ? await startWriter(emulator.connection, TABLE, 'DRAFT', random)
      : undefined
  const moments = makeMoments(random, planned)
  for (;;) {
    const moment = moments[kills]
    const kill = moment && ((/** @type {Process} */ child) => until(moment, child))
    const { code, stdout, stderr } = await clt([...args, '--json'], { ...env, ...clock() }, kill)
    if (code === 0 || code === 7) {
      unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').unknown
      break
    }
    if (code !== null) throw new Error(`run ${run}: clt ${args[0]} ended with ${code}: ${stderr}`)
    if (performance.now() - startedAt > RUN_MS) throw new Error(`run ${run} takes too long`)
    kills += 1
    const status = await jobStatus(env)
    if (status === 'done') break
    // Killed before there was a job, nothing was written either.
    args = status === 'unfinished' ? ['jobs', 'resume', '--quiet'] : begin
  }
  await writer?.stop()
  const counted = await compare(rows, env)
  await rm(file)
  return { kills, unknown, ...counted, ms: performance.now() - startedAt }
}

/**
 * When a process is killed: so long after its start, or once the emulator was sent so many inserts.
 *
 * @typedef {{ afterMs: number } | { inserts: number }} Moment
 * @typedef {import('node:child_process').ChildProcess} Process
 */

/**
 * @param {Moment} moment
 * @param {Process} child
 */
async function until(moment, child) {
  if ('afterMs' in moment) return await sleep(moment.afterMs, undefined, { ref: false })
  while (child.exitCode === null && (await emulator.inserts()) < moment.inserts) await sleep(5)
}

/**
 * Of the processes of one import, one after the other.
 *
 * @param {() => number} random
 * @param {number} count
 * @returns {Moment[]}
 */
function makeMoments(random, count) {
  const parts = Array.from({ length: count }, () => random() * LATEST).sort((a, b) => a - b)
  return parts.map((part, index) =>
    index > 0 && random() < EARLY_SHARE
      ? { afterMs: random() * EARLY_MS }
      : { inserts: part * rowCount },
  )
}

/**
 * Compares the table with the file, each row as often as it stands there.
 *
 * @param {readonly string[]} rows
 * @param {NodeJS.ProcessEnv} env
 */
async function compare(rows, env) {
  await emulator.admin('PUT', 'faults', [])
  const { code, stdout, stderr } = await clt(['export', TABLE, '--quiet'], env)
  if (code !== 0) throw new Error(`clt export ended with ${code}: ${stderr}`)
  const [, ...held] = stdout.trimEnd().split('\n')
  /** @type {Map<string, number>} how often a row stands in the file, less how often in the table */
  const balance = new Map()
  for (const row of rows) balance.set(row, (balance.get(row) ?? 0) + 1)
  for (const row of held) {
    if (!isOfWriter(row)) balance.set(row, (balance.get(row) ?? 0) - 1)
  }
  const differences = [...balance.values()]
  return {
    lost: differences.reduce((sum, count) => sum + Math.max(0, count), 0),
    doubled: differences.reduce((sum, count) => sum + Math.max(0, -count), 0),
  }
}

/**
 * @param {() => number} random
 * @param {number} run
 */
function makeRows(random, run) {
  /** @type {string[]} */
  const rows = []
  while (rows.length < rowCount) {
    const earlier = rows[Math.floor(random() * rows.length)]
    if (earlier !== undefined && random() * 100 < TWINS) rows.push(earlier)
    else
      rows.push(`${run}-${rows.length},Name ${rows.length},${rows.length % 97},${rows.length}.50`)
  }
  return rows
}
