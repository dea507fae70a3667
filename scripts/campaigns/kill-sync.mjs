/**
 * Syncs that are killed, again and again: the emulator runs in a process of its own and resets 1% of
 * the connections after it has committed a write; the built command line brings DRAFT to LIVE, by a key
 * or by whole records with equal twins among them, is killed with SIGKILL at a random moment one to five
 * times, and goes on each time with `clt jobs resume`. In the end LIVE must hold each record of DRAFT
 * exactly as often as DRAFT does, and no other. Each process has a clock that is off by up to a year,
 * and in every third run others insert and delete records of LIVE meanwhile (`--no-clock-steps`,
 * `--no-writer`).
 *
 *     node scripts/campaigns/kill-sync.mjs [--runs 100] [--records 2000] [--seed 1] [--latency 5]
 *
 * `npm run campaign:sync -- [flags]` builds first. Prints a line for each run; fails when a record was
 * lost, doubled or left over, or a sync said something else.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CIRCUMSTANCES, clockSteps, isOfWriter, startWriter } from './circumstances.mjs'
import { clt, jobStatus, mulberry32, startEmulator } from './processes.mjs'

const TABLE = 'rows'
const COLUMNS = { code: 'text', name: 'text', size: 'int', price: 'numeric' }
/** No sync takes longer, killed and resumed or not. */
const RUN_MS = 180_000
/** A resumed sync waits so long for what may be on its way still. */
const RESUME_MS = 2_000

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    runs: { type: 'string', default: '100' },
    records: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: '5' },
    ...CIRCUMSTANCES,
  },
})
const runs = Number(flags.runs)
const recordCount = Number(flags.records)

/** Exit codes: rows that were rejected, a table that is not as it should be, one that kept changing. */
const [REJECTED, UNLIKE, TABLE_CHANGED] = [6, 7, 5]

/** @param {number | null} code */
function isEnd(code) {
  return code === REJECTED || code === UNLIKE
}

/** How long a sync takes that nobody kills, in milliseconds; learned from the first. */
let wholeMs = 0

const folder = await mkdtemp(join(tmpdir(), 'kill-sync-'))
const emulator = await startEmulator(folder, { [TABLE]: COLUMNS })
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  emulator.child.kill()
  await rm(folder, { recursive: true, force: true })
}

async function campaign() {
  wholeMs = (await oneRun(0, 0)).lastMs
  let [wrong, kills] = [0, 0]
  for (let run = 1; run <= runs; run++) {
    const result = await oneRun(run, 5)
    wrong += result.lost + result.extra
    kills += result.kills
    console.log(
      `run ${run}, ${result.how}: killed ${result.kills} times, ${result.lost} lost, ${result.extra} doubled or left over, ${(result.ms / 1000).toFixed(1)} s`,
    )
  }
  console.log(
    `${runs} syncs of ${recordCount} records, ${kills} kills: ${wrong === 0 ? 'all equal' : `${wrong} RECORDS WRONG`}`,
  )
  return wrong === 0
}

/**
 * @param {number} run its number, which with the seed decides on the records and on the kills
 * @param {number} mostKills
 */
async function oneRun(run, mostKills) {
  const startedAt = performance.now()
  const random = mulberry32(Number(flags.seed) * 10_007 + run)
  const isKeyed = run % 2 === 0
  await fill(random, isKeyed)
  await emulator.admin('PUT', 'faults', [
    { kind: 'reset', when: 'after', rate: 0.01, actions: ['INSERT', 'UPDATE', 'DELETE'] },
    { kind: 'latency', ms: { min: 0, max: Number(flags.latency) }, when: 'before' },
    { kind: 'latency', ms: { min: 0, max: Number(flags.latency) }, when: 'after' },
  ])
  const env = {
    PATH: process.env.PATH,
    ...emulator.connection,
    XDG_STATE_HOME: join(folder, `state-${run}`),
  }
  const key = isKeyed ? ['--key', 'code'] : []
  const begin = ['sync', `${TABLE}@draft`, `${TABLE}@live`, ...key, '--delete', '--yes', '--quiet']
  const planned = Math.ceil(random() * mostKills)
  let kills = 0
  let lastMs = 0
  let args = begin
  const clock = clockSteps(random, flags['clock-steps'])
  const writer =
    flags.writer && run % 3 === 1
      ? await startWriter(emulator.connection, TABLE, 'LIVE', random)
      : undefined
  for (;;) {
    const longest = kills === 0 ? wholeMs : RESUME_MS + wholeMs / (kills + 1)
    const killAfterMs = kills < planned ? random() * longest : undefined
    const { code, stderr, ms } = await clt(args, { ...env, ...clock() }, killAfterMs)
    lastMs = ms
    // With a writer at work LIVE cannot be equal in the end, which is what the sync then says.
    if (code === 0 || (writer !== undefined && isEnd(code))) break
    if (code !== null && !(writer !== undefined && code === TABLE_CHANGED))
      throw new Error(`run ${run}: clt ${args[0]} ended with ${code}: ${stderr}`)
    if (performance.now() - startedAt > RUN_MS) throw new Error(`run ${run} takes too long`)
    if (code === null) kills += 1
    const status = await jobStatus(env)
    if (status === 'done') break
    // Killed before there was a job, nothing was written either.
    args = status === 'unfinished' ? ['jobs', 'resume', '--quiet'] : begin
  }
  await writer?.stop()
  const counted = await compare(env)
  const how = isKeyed ? 'by key' : 'by whole records'
  return { how, kills, ...counted, lastMs, ms: performance.now() - startedAt }
}

/**
 * DRAFT, and a LIVE that lacks a third of it, has changed a third, and has some of its own.
 *
 * @param {() => number} random
 * @param {boolean} isKeyed whether `code` tells records apart; twins are among them otherwise
 */
async function fill(random, isKeyed) {
  await emulator.admin('POST', 'reset')
  const draft = Array.from({ length: recordCount }, (_, n) => {
    const like = isKeyed ? n : Math.floor(random() * recordCount * 0.7)
    return { code: `c${like}`, name: `Name ${like}`, size: like % 97, price: `${like}.50` }
  })
  const live = draft.flatMap((record) => {
    const what = random()
    if (what < 0.33) return []
    return what < 0.66 ? [{ ...record, name: 'old', price: `${record.size}.25` }] : [record]
  })
  const own = Array.from({ length: recordCount / 10 }, (_, n) => ({ code: `own ${n}`, name: 'x' }))
  await emulator.admin('POST', `tables/${TABLE}/records?version=DRAFT`, draft)
  await emulator.admin('POST', `tables/${TABLE}/records?version=LIVE`, [...own, ...live])
}

/**
 * Compares the two versions as they are exported, each record as often as it stands there.
 *
 * @param {NodeJS.ProcessEnv} env
 */
async function compare(env) {
  await emulator.admin('PUT', 'faults', [])
  /** @type {Map<string, number>} how often a record stands in DRAFT, less how often in LIVE */
  const balance = new Map()
  for (const [version, sign] of /** @type {const} */ ([
    ['draft', 1],
    ['live', -1],
  ])) {
    const { code, stdout, stderr } = await clt(['export', `${TABLE}@${version}`, '--quiet'], env)
    if (code !== 0) throw new Error(`clt export ended with ${code}: ${stderr}`)
    for (const line of stdout.trimEnd().split('\n')) {
      if (isOfWriter(line)) continue
      balance.set(line, (balance.get(line) ?? 0) + sign)
    }
  }
  const differences = [...balance.values()]
  return {
    lost: differences.reduce((sum, count) => sum + Math.max(0, count), 0),
    extra: differences.reduce((sum, count) => sum + Math.max(0, -count), 0),
  }
}
