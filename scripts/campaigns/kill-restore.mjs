/**
 * Restores that are killed, again and again: the emulator runs in a process of its own and resets 1%
 * of the connections after it has committed an insert. Two tables are backed up; the built command
 * line restores them into two others, empty ones or such as hold records that are to be replaced. It
 * is killed with SIGKILL at a random moment one to five times, and goes on each time with
 * `clt jobs resume`. In the end the restored tables must hold what those that were backed up hold,
 * equal twins among them. Each process has a clock that is off by up to a year, and in every third
 * run others insert and delete records of a restored table meanwhile (`--no-clock-steps`,
 * `--no-writer`).
 *
 *     node scripts/campaigns/kill-restore.mjs [--runs 100] [--rows 1000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:restore -- [flags]` builds first. Prints a line for each run, then how many
 * records were lost and how many doubled; fails when any was.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CIRCUMSTANCES, clockSteps, isOfWriter, startWriter } from './circumstances.mjs'
import { clt, mulberry32, startEmulator } from './processes.mjs'

const COLUMNS = { code: 'text', note: 'jsonb', price: 'numeric' }
const TABLES = ['stores', 'faq']
/** Where a table is restored to. */
const COPY = '-copy'
/** So many records of a hundred have an equal twin. */
const TWINS = 10
/** No restore takes longer, killed and resumed or not. */
const RUN_MS = 120_000
/** A restore that goes on waits so long for what may be on its way still. */
const RESUME_MS = 2_000

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: 'string', default: '100' },
    rows: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: '5' },
    ...CIRCUMSTANCES,
  },
})
const runs = Number(flags.runs)
const rowCount = Number(flags.rows)
/** Exit codes: rows that were rejected, a table that is not as it should be, one that kept changing. */
const [REJECTED, UNLIKE, TABLE_CHANGED] = [6, 7, 5]

/** @param {number | null} code */
function isEnd(code) {
  return code === REJECTED || code === UNLIKE
}

/** How long a restore takes that nobody kills, in milliseconds; learned from the first. */
let wholeMs = 0

const folder = await mkdtemp(join(tmpdir(), 'kill-restore-'))
const tables = TABLES.flatMap((name) => [name, name + COPY])
const emulator = await startEmulator(
  folder,
  Object.fromEntries(tables.map((name) => [name, COLUMNS])),
)
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  emulator.child.kill()
  await rm(folder, { recursive: true, force: true })
}

async function campaign() {
  const total = { lost: 0, doubled: 0, kills: 0 }
  wholeMs = (await oneRun(0, 0)).lastMs
  for (let run = 1; run <= runs; run++) {
    const { mode, kills, lost, doubled, lastMs } = await oneRun(run, 5)
    // The machine may have been busy with something else during the first.
    if (kills === 0) wholeMs = Math.min(wholeMs, lastMs)
    total.kills += kills
    total.lost += lost
    total.doubled += doubled
    console.log(`run ${run}: ${mode}, killed ${kills} times, ${lost} lost, ${doubled} doubled`)
  }
  console.log(
    `${runs} restores of ${TABLES.length} tables of ${rowCount} records, ${total.kills} kills: ${total.lost} lost, ${total.doubled} doubled`,
  )
  return total.lost === 0 && total.doubled === 0
}

/**
 * @param {number} run its number, which with the seed decides on the records and on the kills
 * @param {number} mostKills
 */
async function oneRun(run, mostKills) {
  const startedAt = performance.now()
  const random = mulberry32(Number(flags.seed) * 10_007 + run)
  const mode = run % 2 === 0 ? 'append' : 'replace'
  await emulator.admin('POST', 'reset')
  for (const table of TABLES) {
    await emulator.admin('POST', `tables/${table}/records?version=DRAFT`, makeRecords(random))
    if (mode === 'append') continue
    const old = makeRecords(random).slice(0, 100)
    await emulator.admin('POST', `tables/${table}${COPY}/records?version=DRAFT`, old)
  }
  const env = {
    PATH: process.env.PATH,
    ...emulator.connection,
    XDG_STATE_HOME: join(folder, `state-${run}`),
  }
  const file = join(folder, `run-${run}.zip`)
  await mustRun(['backup', ...TABLES, '-o', file, '--versions', 'draft', '--quiet'], env)
  await emulator.admin('PUT', 'faults', [
    { kind: 'reset', when: 'after', rate: 0.01, actions: ['INSERT'] },
    { kind: 'latency', ms: { min: 0, max: Number(flags.latency) }, when: 'before' },
    { kind: 'latency', ms: { min: 0, max: Number(flags.latency) }, when: 'after' },
  ])
  const maps = TABLES.flatMap((table) => ['--map', `${table}=${table}${COPY}`])
  const begin = ['restore', file, ...maps, '--mode', mode, '--yes', '--quiet']
  const planned = Math.ceil(random() * mostKills)
  let kills = 0
  let lastMs = 0
  let args = begin
  const clock = clockSteps(random, flags['clock-steps'])
  const writer =
    flags.writer && run % 3 === 1
      ? await startWriter(emulator.connection, `${TABLES[0]}${COPY}`, 'DRAFT', random)
      : undefined
  for (;;) {
    const longest = kills === 0 ? wholeMs : RESUME_MS + wholeMs / (kills + 1)
    const killAfterMs = kills < planned ? random() * longest : undefined
    const { code, stderr, ms } = await clt(args, { ...env, ...clock() }, killAfterMs)
    lastMs = ms
    // With a writer at work the table cannot be equal in the end, which is what the restore then says.
    if (code === 0 || (writer !== undefined && isEnd(code))) break
    if (code !== null && !(writer !== undefined && code === TABLE_CHANGED))
      throw new Error(`run ${run}: clt ${args[0]} ended with ${code}: ${stderr}`)
    if (performance.now() - startedAt > RUN_MS) throw new Error(`run ${run} takes too long`)
    if (code === null) kills += 1
    const [job] = JSON.parse((await mustRun(['jobs', 'list', '--json'], env)).stdout)
    if (job?.status === 'done') break
    args = job?.status === 'unfinished' ? ['jobs', 'resume', '--quiet'] : begin
  }
  await writer?.stop()
  await emulator.admin('PUT', 'faults', [])
  const counted = await compare(env)
  await rm(file)
  return { mode, kills, lastMs, ...counted }
}

/** @param {() => number} random */
function makeRecords(random) {
  /** @type {object[]} */
  const records = []
  while (records.length < rowCount) {
    const twin = records[Math.floor(random() * records.length)]
    const number = Math.floor(random() * 1e9)
    if (twin !== undefined && random() * 100 < TWINS) records.push(twin)
    else records.push({ code: `00${number}`, note: { at: [number] }, price: `${number}.50` })
  }
  return records
}

/** @param {NodeJS.ProcessEnv} env */
async function compare(env) {
  let lost = 0
  let doubled = 0
  for (const table of TABLES) {
    /** @type {Map<string, number>} how often a record stands in the table, less how often in its copy */
    const balance = new Map()
    for (const [name, sign] of /** @type {const} */ ([
      [table, 1],
      [table + COPY, -1],
    ])) {
      const { stdout } = await mustRun(['export', name, '--quiet'], env)
      for (const line of stdout.trimEnd().split('\n').slice(1)) {
        if (isOfWriter(line)) continue
        balance.set(line, (balance.get(line) ?? 0) + sign)
      }
    }
    for (const difference of balance.values()) {
      lost += Math.max(0, difference)
      doubled += Math.max(0, -difference)
    }
  }
  return { lost, doubled }
}

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function mustRun(args, env) {
  const result = await clt(args, env)
  if (result.code !== 0)
    throw new Error(`clt ${args[0]} ended with ${result.code}: ${result.stderr}`)
  return result
}
