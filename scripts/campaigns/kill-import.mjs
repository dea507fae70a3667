/**
 * Imports that are killed, again and again: the emulator runs in a process of its own and resets 1%
 * of the connections after it has committed an insert; the built command line imports a file, is
 * killed with SIGKILL at a random moment one to five times, and goes on each time with
 * `clt jobs resume`. In the end the table must hold each row of the file exactly as often as the
 * file does, equal twins among them.
 *
 *     node scripts/campaigns/kill-import.mjs [--runs 100] [--rows 5000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:kill -- [flags]` builds first. Prints a line for each run, then how many rows were lost and
 * how many doubled; fails when any was.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ROOT } from '../workspace.mjs'

const CLI = join(ROOT, 'apps/cli/dist/bin.js')
const EMULATOR = join(ROOT, 'packages/emulator/dist/bin.js')

const TABLE = 'rows'
const COLUMNS = { code: 'text', name: 'text', size: 'int', price: 'numeric' }

/** So many rows of a hundred have an equal twin somewhere else in the file. */
const TWINS = 10
/** No import takes longer, killed and resumed or not. */
const RUN_MS = 120_000

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    rows: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: '5' },
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
const emulator = await startEmulator()
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
  return total.lost === 0 && total.doubled === 0
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
  const moments = makeMoments(random, planned)
  for (;;) {
    const { code, stdout, stderr } = await clt([...args, '--json'], env, moments[kills])
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
  const counted = await compare(rows, env)
  await rm(file)
  return { kills, unknown, ...counted, ms: performance.now() - startedAt }
}

/**
 * When a process is killed: so long after its start, or once the emulator was sent so many inserts.
 *
 * @typedef {{ afterMs: number } | { inserts: number }} Moment
 */

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
 * Of the job that was killed; undefined when it was killed before there was any.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>}
 */
async function jobStatus(env) {
  const { stdout } = await clt(['jobs', 'list', '--json'], env)
  /** @type {{ status: string }[]} */
  const jobs = JSON.parse(stdout)
  return jobs.find(({ status }) => status !== 'unreadable')?.status
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
  for (const row of held) balance.set(row, (balance.get(row) ?? 0) - 1)
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

/**
 * Runs the command line; `code` is null when it was killed.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {Moment} [killAt]
 */
async function clt(args, env, killAt) {
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  const ended = once(child, 'close')
  if (killAt !== undefined) {
    await Promise.race([until(killAt, child), ended])
    child.kill('SIGKILL')
  }
  const [code] = await ended
  return { code, stdout, stderr }
}

/**
 * @param {Moment} moment
 * @param {import('node:child_process').ChildProcess} child
 */
async function until(moment, child) {
  if ('afterMs' in moment) return await sleep(moment.afterMs)
  while (child.exitCode === null && (await emulator.inserts()) < moment.inserts) await sleep(5)
}

async function startEmulator() {
  const seed = join(folder, 'seed')
  await mkdir(seed)
  const columns = Object.entries(COLUMNS).map(([name, type]) => ({ name, type }))
  await writeFile(join(seed, `${TABLE}.schema.json`), JSON.stringify({ columns }))
  const token = 'campaign:0123456789abcdef0123456789abcdef'
  const child = spawn(process.execPath, [EMULATOR, '--port', '0', '--json', '--seed', seed], {
    env: { ...process.env, CHATLAYER_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(child.stdout), 'line')
  const { url, teamId, botId } = JSON.parse(line)
  return {
    child,
    connection: {
      CHATLAYER_BASE_URL: url,
      CHATLAYER_TEAM_ID: teamId,
      CHATLAYER_BOT_ID: botId,
      CHATLAYER_TOKEN: token,
    },
    /** How many were sent to it since it was last reset. */
    async inserts() {
      const answer = await fetch(`${url}/_emulator/stats`)
      const stats = /** @type {{ requests: { actions: Record<string, number> } }} */ (
        await answer.json()
      )
      return stats.requests.actions.INSERT ?? 0
    },
    /** @param {string} method @param {string} path @param {unknown} [body] */
    async admin(method, path, body) {
      const answer = await fetch(`${url}/_emulator/${path}`, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      })
      if (!answer.ok) throw new Error(`the emulator's ${path} answered ${answer.status}`)
    },
  }
}

/**
 * A generator of random numbers from 0 to 1 that a seed decides.
 *
 * @param {number} seed
 */
function mulberry32(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
