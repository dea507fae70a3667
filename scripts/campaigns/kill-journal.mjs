/**
 * Mixed writes that are killed: the emulator runs in a process of its own, is slow by some milliseconds
 * and resets 1% of the connections after it has committed a write. In each run the built command line
 * imports, updates, deletes, inserts and undoes in an order of its own until SIGKILL meets it at a
 * random moment: mostly after so many writes of a command, now and then at any time of it. Then
 * `clt changes list` must show every change set settled, and undoing all of them, the last first, must
 * give the table that the run began with, field by field. Each process has a clock that is off by up
 * to a year, and in every second run others insert and delete records of the table meanwhile
 * (`--no-clock-steps`, `--no-writer`).
 *
 *     node scripts/campaigns/kill-journal.mjs [--kills 100] [--rows 300] [--seed 1] [--latency 8]
 *
 * A command may end before its moment comes: there are runs until there were so many kills.
 * `npm run campaign:journal -- [flags]` builds first. Prints a line for each run, then the sums; fails
 * when a change set was not settled or a table differed.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CIRCUMSTANCES, clockSteps, isOfWriter, startWriter } from './circumstances.mjs'
import { clt, mulberry32, startEmulator } from './processes.mjs'

const TABLE = 'rows'
const COLUMNS = { code: 'text', name: 'text', size: 'int', price: 'numeric' }
/** Records that a run begins with. */
const START = 60
/** So many rows of a hundred have an equal twin. */
const TWINS = 10

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    kills: { type: 'string', default: '100' },
    rows: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    latency: { type: 'string', default: '8' },
    ...CIRCUMSTANCES,
  },
})
const wantedKills = Number(flags.kills)
const rowCount = Number(flags.rows)

/** One kill of so many comes at any time of a command, its start and its end among them. */
const ANY_TIME = 5
const POLL_MS = 3

/**
 * How long each kind of command took when nobody killed it, and how many writes it made.
 *
 * @type {Map<string, { ms: number, writes: number }>}
 */
const usual = new Map()

const folder = await mkdtemp(join(tmpdir(), 'kill-journal-'))
const emulator = await startEmulator(folder, { [TABLE]: COLUMNS })
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  emulator.child.kill()
  await rm(folder, { recursive: true, force: true })
}

async function campaign() {
  const startedAt = performance.now()
  await oneRun(0, false)
  const total = { unsettled: 0, different: 0, caught: 0, sets: 0, kills: 0 }
  let run = 0
  while (total.kills < wantedKills) {
    run++
    const { victim, unsettled, different, caught, sets, kills } = await oneRun(run, true)
    total.unsettled += unsettled
    total.different += Number(different > 0)
    total.caught += caught
    total.sets += sets
    total.kills += kills
    console.log(
      `run ${run}: ${kills === 0 ? 'not killed' : 'killed'} in ${victim}, ${sets} change sets, ${caught} of them broken off, ` +
        `${unsettled} unsettled, ${different} records differ`,
    )
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(
    `${total.kills} kills in ${run} runs: ${total.sets} change sets, ${total.caught} broken off, ` +
      `${total.unsettled} unsettled, ${total.different} tables unlike the start, in ${seconds} s`,
  )
  return total.unsettled === 0 && total.different === 0
}

/**
 * @param {number} run its number, which with the seed decides on the commands and on the kill
 * @param {boolean} isKilled
 */
async function oneRun(run, isKilled) {
  const random = mulberry32(Number(flags.seed) * 10_007 + run)
  const env = {
    PATH: process.env.PATH,
    ...emulator.connection,
    XDG_STATE_HOME: join(folder, `state-${run}`),
  }
  await emulator.admin('POST', 'reset')
  await emulator.admin('POST', `tables/${TABLE}/records?version=DRAFT`, makeRows(random, 0, START))
  const start = await tableOf(env)
  const wait = { min: 0, max: Number(flags.latency) }
  await emulator.admin('PUT', 'faults', [
    { kind: 'reset', when: 'after', rate: 0.01, actions: ['INSERT', 'UPDATE', 'DELETE'] },
    { kind: 'latency', ms: wait, when: 'before' },
    { kind: 'latency', ms: wait, when: 'after' },
  ])
  const commands = await makeCommands(random, run)
  const clock = clockSteps(random, isKilled && flags['clock-steps'])
  const writer =
    flags.writer && isKilled && run % 2 === 0
      ? await startWriter(emulator.connection, TABLE, 'DRAFT', random)
      : undefined
  const victim = isKilled ? Math.floor(random() * commands.length) : -1
  let kills = 0
  for (const [index, { name, args }] of commands.entries()) {
    const words = await args(env)
    const before = await writesSoFar()
    const whole = usual.get(name) ?? { ms: 0, writes: 0 }
    const [part, how] = [random(), random()]
    const isAnyTime = how * ANY_TIME < 1 || whole.writes === 0
    /** @param {import('node:child_process').ChildProcess} child */
    const kill = (child) =>
      isAnyTime
        ? sleep(part * 1.1 * whole.ms, undefined, { ref: false })
        : untilWrites(before + 1 + Math.floor(part * whole.writes), child)
    const circumstances = { ...env, ...clock() }
    const ended = await clt(words, circumstances, index === victim ? kill : undefined)
    const { code, stderr, ms } = ended
    if (code === null) kills++
    // 7: the number of records does not fit, since the writer is at work.
    else if (![0, 6, ...(writer === undefined ? [] : [7])].includes(code))
      throw new Error(`run ${run}: ${name}: ${code}: ${stderr}`)
    if (!isKilled) usual.set(name, { ms, writes: (await writesSoFar()) - before })
    if (index === victim) break
  }
  await writer?.stop()
  await emulator.admin('PUT', 'faults', [])
  const listed = await clt(['changes', 'list', '--limit', '1000', '--json'], env)
  if (listed.code !== 0) throw new Error(`run ${run}: clt changes list: ${listed.stderr}`)
  /** @type {{ id: string, status: string, counts: { open: number, unknown: number } }[]} */
  const sets = JSON.parse(listed.stdout)
  const unsettled = sets.filter(
    ({ status, counts }) => status !== 'settled' || counts.open + counts.unknown > 0,
  )
  if (sets.length > 0) {
    const ids = sets.map(({ id }) => id)
    const undone = await clt(['changes', 'undo', ...ids, '--yes', '--quiet'], env)
    if (undone.code !== 0)
      console.log(`run ${run}: clt changes undo: ${undone.code}: ${undone.stderr}`)
  }
  return {
    victim: commands[victim]?.name ?? 'nothing',
    unsettled: unsettled.length,
    different: differences(start, await tableOf(env)),
    caught: listed.stderr.split('was broken off').length - 1,
    sets: sets.length,
    kills,
  }
}

/**
 * What a run does: each kind of write, in an order of its own, and an undo of what came before.
 *
 * @param {() => number} random
 * @param {number} run
 */
async function makeCommands(random, run) {
  const file = join(folder, `rows-${run}.csv`)
  const upsert = join(folder, `upsert-${run}.csv`)
  const ndjson = join(folder, `rows-${run}.json`)
  await writeFile(file, csv(makeRows(random, 1_000, rowCount)))
  const changed = makeRows(random, 10, START).map((row) => ({ ...row, price: '1.25' }))
  await writeFile(upsert, csv(distinct(changed)))
  await writeFile(ndjson, JSON.stringify(makeRows(random, 5_000, 40)))
  const from = Math.floor(random() * 40)
  /** @type {{ name: string, args: (env: NodeJS.ProcessEnv) => string[] | Promise<string[]> }[]} */
  const writes = [
    { name: 'import', args: () => ['import', TABLE, file, '--quiet'] },
    {
      name: 'import by key',
      args: () => ['import', TABLE, upsert, '--mode', 'upsert', '--key', 'code', '--quiet'],
    },
    { name: 'insert', args: () => ['import', TABLE, ndjson, '--quiet'] },
    {
      name: 'update',
      args: () => [
        'records',
        'update',
        TABLE,
        '--where',
        `size >= ${from}`,
        '--set',
        `name=n${run}`,
        '--yes',
      ],
    },
    {
      name: 'delete',
      args: () => ['records', 'delete', TABLE, '--where', `size < ${from}`, '--yes'],
    },
    { name: 'undo', args: undoOfLast },
  ]
  return writes
    .map((write) => ({ write, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ write }) => write)
}

/** @param {NodeJS.ProcessEnv} env */
async function undoOfLast(env) {
  const { stdout } = await clt(['changes', 'list', '--limit', '1', '--json'], env)
  /** @type {{ id: string }[]} */
  const [last] = JSON.parse(stdout)
  return last === undefined ? ['tables', 'list'] : ['changes', 'undo', last.id, '--yes']
}

/**
 * @param {() => number} random
 * @param {number} from
 * @param {number} count
 */
function makeRows(random, from, count) {
  /** @type {Record<string, string>[]} */
  const rows = []
  while (rows.length < count) {
    const n = from + rows.length
    const earlier = rows[Math.floor(random() * rows.length)]
    if (earlier !== undefined && random() * 100 < TWINS) rows.push(earlier)
    else rows.push({ code: `c${n}`, name: `Name ${n}`, size: String(n % 97), price: `${n}.50` })
  }
  return rows
}

/** @param {Record<string, string>[]} rows */
function distinct(rows) {
  return [...new Map(rows.map((row) => [row.code, row])).values()]
}

/** @param {Record<string, string>[]} rows */
function csv(rows) {
  const lines = rows.map((row) =>
    Object.keys(COLUMNS)
      .map((name) => row[name])
      .join(','),
  )
  return `${Object.keys(COLUMNS).join(',')}\n${lines.join('\n')}\n`
}

/** The records without their ids. @param {NodeJS.ProcessEnv} env */
async function tableOf(env) {
  const { code, stdout, stderr } = await clt(['export', TABLE, '--quiet'], env)
  if (code !== 0) throw new Error(`clt export ended with ${code}: ${stderr}`)
  return stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .filter((line) => !isOfWriter(line))
}

/**
 * How many records stand in one of two tables alone, each as often as it stands there.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 */
function differences(before, after) {
  /** @type {Map<string, number>} */
  const balance = new Map()
  for (const row of before) balance.set(row, (balance.get(row) ?? 0) + 1)
  for (const row of after) balance.set(row, (balance.get(row) ?? 0) - 1)
  return [...balance.values()].reduce((sum, count) => sum + Math.abs(count), 0)
}

/** How many writes the emulator was asked for. */
async function writesSoFar() {
  const answer = await fetch(`${emulator.connection.CHATLAYER_BASE_URL}/_emulator/stats`)
  const { requests } = /** @type {{ requests: { actions: Record<string, number> } }} */ (
    await answer.json()
  )
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = requests.actions
  return INSERT + UPDATE + DELETE
}

/**
 * @param {number} count
 * @param {import('node:child_process').ChildProcess} child may make fewer writes than usual, and end
 */
async function untilWrites(count, child) {
  while (child.exitCode === null && (await writesSoFar()) < count) await sleep(POLL_MS)
}
