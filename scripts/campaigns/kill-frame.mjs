/**
 * The shared part of the kill campaigns. The emulator runs in a separate process and resets 1% of the
 * connections after it has committed a write. The built command line is killed with SIGKILL at random
 * moments. Each of its processes has a clock that is off by up to a year, and in some runs another program
 * inserts and deletes records (`--no-clock-steps` and `--no-writer` switch this off). A campaign adds its
 * commands and its check.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CIRCUMSTANCES, clockSteps, isOfWriter, startWriter } from './circumstances.mjs'
import { clt, jobStatus, mulberry32, startEmulator } from './processes.mjs'

/**
 * @typedef {import('node:child_process').ChildProcess} Process
 * @typedef {number | ((child: Process) => Promise<unknown>)} Kill milliseconds after the start, or when it resolves
 * @typedef {{ folder: string, emulator: Awaited<ReturnType<typeof startEmulator>> }} Place
 * @typedef {{ table: string, version: 'DRAFT' | 'LIVE' }} Written where the writer writes
 * @typedef {{ lost: number, extra: number }} Difference numbers of missing and of extra records
 * @typedef {Place & { run: number, random: () => number, env: NodeJS.ProcessEnv }} Run
 */

const MAX_KILLS = 5
/** The maximum time of a command, with all its kills and resumes. */
const RUN_MS = 180_000
/** A resumed job waits this long for requests that may still be in flight. */
const RESUME_MS = 2_000
/** Exit codes: rejected rows, a table that differs from what was written, one that kept changing. */
const [REJECTED, UNLIKE, TABLE_CHANGED] = [6, 7, 5]

/**
 * Reads the flags of a campaign: its own, `--seed`, and those of the circumstances.
 *
 * @template {Record<string, number>} T
 * @param {T} defaults of its own flags
 */
export function readFlags(defaults) {
  const numbers = { ...defaults, seed: 1 }
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      ...Object.fromEntries(
        Object.entries(numbers).map(([name, value]) => [
          name,
          { type: /** @type {const} */ ('string'), default: String(value) },
        ]),
      ),
      ...CIRCUMSTANCES,
    },
  })
  const read = Object.keys(numbers).map((name) => [name, Number(Reflect.get(values, name))])
  return {
    .../** @type {{ [Name in keyof (T & { seed: number })]: number }} */ (Object.fromEntries(read)),
    clockSteps: values['clock-steps'],
    writer: values.writer,
  }
}

/**
 * Starts the emulator, runs a campaign, and sets the exit code by its result.
 *
 * @param {string} name
 * @param {Record<string, Record<string, string>>} tables types by column, by table
 * @param {(place: Place) => Promise<boolean>} campaign
 */
export async function withEmulator(name, tables, campaign) {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`))
  const emulator = await startEmulator(folder, tables)
  try {
    process.exitCode = (await campaign({ folder, emulator })) ? 0 : 1
  } finally {
    emulator.child.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Makes the gateway slow and unreliable. The records of the run must exist.
 *
 * @param {Run} run
 * @param {{ latency: number, clockSteps?: boolean | undefined, written?: Written | undefined }} circumstances
 *   `written`: where the writer writes, if it runs
 */
export async function beginFaults({ emulator, random, env }, circumstances) {
  const ms = { min: 0, max: circumstances.latency }
  await emulator.admin('PUT', 'faults', [
    { kind: 'reset', when: 'after', rate: 0.01, actions: ['INSERT', 'UPDATE', 'DELETE'] },
    { kind: 'latency', ms, when: 'before' },
    { kind: 'latency', ms, when: 'after' },
  ])
  const { written } = circumstances
  const clock = clockSteps(random, circumstances.clockSteps)
  const writer =
    written && (await startWriter(emulator.connection, written.table, written.version, random))
  return {
    hasWriter: writer !== undefined,
    /** The environment of the next process. */
    nextEnv: () => ({ ...env, ...clock() }),
    async end() {
      await writer?.stop()
      await emulator.admin('PUT', 'faults', [])
    },
  }
}

/**
 * @param {Place} place
 * @param {{ seed: number }} flags
 * @param {number} run its number, which with the seed determines the records and the kills
 * @returns {Promise<Run>} with an emulator whose tables are empty, and a new state folder
 */
export async function newRun({ folder, emulator }, { seed }, run) {
  await emulator.admin('POST', 'reset')
  const env = {
    PATH: process.env.PATH,
    ...emulator.connection,
    XDG_STATE_HOME: join(folder, `state-${run}`),
  }
  return { folder, emulator, run, random: mulberry32(seed * 10_007 + run), env }
}

/**
 * Kills jobs: a command is killed one to five times and continued each time with `clt jobs resume`. At the
 * end the tables must contain each record the expected number of times.
 *
 * @param {{
 *   name: string,
 *   what: string,
 *   tables: Record<string, Record<string, string>>,
 *   flags: { runs: number, seed: number, latency: number, clockSteps: boolean | undefined, writer: boolean | undefined },
 *   written: Written & { every: number },
 *   prepare: (run: Run) => Promise<{
 *     args: string[],
 *     how: string,
 *     moments?: (count: number) => Kill[],
 *     check: () => Promise<Difference>,
 *   }>,
 * }} campaign `written.every`: the writer runs in each run of this many; `moments`: when the processes of
 *   a run are killed (default: at random times within the duration of a run without kills)
 */
export async function killJobs({ name, what, tables, flags, written, prepare }) {
  await withEmulator(name, tables, async (place) => {
    const startedAt = performance.now()
    // The duration of a command without kills; the machine may be busy in the first run.
    let wholeMs = Number.POSITIVE_INFINITY
    const total = { lost: 0, extra: 0, unknown: 0, kills: 0, spared: 0 }
    for (let number = 0; number <= flags.runs; number++) {
      const run = await newRun(place, flags, number)
      const { args, how, check, moments } = await prepare(run)
      const planned = number === 0 ? 0 : Math.ceil(run.random() * MAX_KILLS)
      const kills =
        moments?.(planned) ??
        Array.from({ length: planned }, (_, index) => {
          const longest = index === 0 ? wholeMs : RESUME_MS + wholeMs / (index + 1)
          return run.random() * longest
        })
      const isWritten = flags.writer && number % written.every === written.every - 1
      const faults = await beginFaults(run, {
        ...flags,
        written: isWritten ? written : undefined,
      })
      const ended = await runKilled(run, args, kills, faults)
      if (ended.kills === 0) wholeMs = Math.min(wholeMs, ended.lastMs)
      await faults.end()
      const { lost, extra } = await check()
      if (number === 0) continue
      total.lost += lost
      total.extra += extra
      total.unknown += ended.unknown
      total.kills += ended.kills
      total.spared += Number(ended.kills === 0)
      console.log(
        `run ${number}, ${how}: killed ${ended.kills} times, ${lost} lost, ${extra} duplicated or left over, ` +
          `${ended.unknown} unknown, ${(ended.ms / 1000).toFixed(1)} s`,
      )
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
    console.log(
      `${flags.runs} ${what}, ${total.kills} kills: ${total.lost} lost, ${total.extra} duplicated or left over, ` +
        `${total.unknown} unknown, in ${seconds} s`,
    )
    if (total.spared > 0) console.log(`${total.spared} of them ended before they were killed`)
    return total.lost + total.extra + total.unknown === 0
  })
}

/**
 * Runs a command to its end, however often it is killed.
 *
 * @param {Run} run
 * @param {string[]} begin
 * @param {readonly Kill[]} moments
 * @param {{ hasWriter: boolean, nextEnv: () => NodeJS.ProcessEnv }} faults
 */
async function runKilled({ run, env }, begin, moments, { hasWriter, nextEnv }) {
  const startedAt = performance.now()
  let [kills, unknown, lastMs] = [0, 0, 0]
  let args = begin
  for (;;) {
    const { code, stdout, stderr, ms } = await clt([...args, '--json'], nextEnv(), moments[kills])
    lastMs = ms
    unknown = unknownIn(stdout)
    // With a writer the table is not equal at the end, which the command then reports.
    if (code === 0 || (code === UNLIKE && (hasWriter || unknown > 0))) break
    if (code === REJECTED && hasWriter) break
    if (code !== null && !(code === TABLE_CHANGED && hasWriter))
      throw new Error(`run ${run}: clt ${args[0]} ended with ${code}: ${stderr}`)
    if (performance.now() - startedAt > RUN_MS) throw new Error(`run ${run} takes too long`)
    if (code === null) kills += 1
    const status = await jobStatus(env)
    if (status === 'done') break
    // If it was killed before its job existed, nothing was written either.
    args = status === 'unfinished' ? ['jobs', 'resume', '--quiet'] : begin
  }
  return { kills, unknown, lastMs, ms: performance.now() - startedAt }
}

/** The number of outcomes that a command reports as unknown at its end. @param {string} stdout of one with --json */
function unknownIn(stdout) {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  try {
    return Number(JSON.parse(last).unknown ?? 0)
  } catch {
    return 0
  }
}

/**
 * Runs a command that must succeed.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
export async function mustRun(args, env) {
  const { code, stdout, stderr } = await clt(args, env)
  if (code !== 0) throw new Error(`clt ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/**
 * The records of a table as lines of CSV, without ids and without those of the writer.
 *
 * @param {string} table
 * @param {NodeJS.ProcessEnv} env
 */
export async function linesOf(table, env) {
  const [, ...lines] = (await mustRun(['export', table, '--quiet'], env)).trimEnd().split('\n')
  return lines.filter((line) => !isOfWriter(line))
}

/**
 * Compares lines, each as often as it occurs.
 *
 * @param {readonly string[]} expected
 * @param {readonly string[]} found
 * @returns {Difference}
 */
export function differenceOf(expected, found) {
  /** @type {Map<string, number>} */
  const balance = new Map()
  for (const line of expected) balance.set(line, (balance.get(line) ?? 0) + 1)
  for (const line of found) balance.set(line, (balance.get(line) ?? 0) - 1)
  const counts = [...balance.values()]
  return {
    lost: counts.reduce((sum, count) => sum + Math.max(0, count), 0),
    extra: counts.reduce((sum, count) => sum + Math.max(0, -count), 0),
  }
}

/**
 * Makes records; some are duplicates of earlier ones.
 *
 * @template T
 * @param {() => number} random
 * @param {number} count
 * @param {(index: number) => T} make
 */
export function withDuplicates(random, count, make) {
  /** @type {T[]} */
  const records = []
  while (records.length < count) {
    const earlier = records[Math.floor(random() * records.length)]
    records.push(earlier !== undefined && random() < 0.1 ? earlier : make(records.length))
  }
  return records
}
