/**
 * Kills mixed writes, as kill-frame.mjs describes. In each run the command line imports, updates, deletes,
 * inserts and undoes in a random order until SIGKILL ends it: mostly after a number of writes of a command,
 * sometimes at any time of it. Then `clt changes list` must show every change set as `settled`, and undoing
 * all of them, the last first, must restore the table of the start, field by field.
 *
 *     node scripts/campaigns/kill-journal.mjs [--kills 100] [--rows 300] [--seed 1] [--latency 8]
 *
 * A command may end before it is killed; runs continue until this number of kills.
 * `npm run campaign:journal -- [flags]` builds first. Prints a line for each run, then the sums; fails
 * when a change set has unresolved outcomes or a table differs.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  beginFaults,
  differenceOf,
  linesOf,
  mustRun,
  newRun,
  readFlags,
  withDuplicates,
  withEmulator,
} from './kill-frame.mjs'
import { clt } from './processes.mjs'

/** @typedef {import('./kill-frame.mjs').Place} Place */

const TABLE = 'rows'
const COLUMNS = { code: 'text', name: 'text', size: 'int', price: 'numeric' }
/** Records that a run begins with. */
const START = 60

const flags = readFlags({ kills: 100, rows: 300, latency: 8 })

/** One kill in this many is at any time of a command, also at its start and end. */
const ANY_TIME = 5
const POLL_MS = 3

/**
 * The duration and the number of writes of each kind of command without kills.
 *
 * @type {Map<string, { ms: number, writes: number }>}
 */
const usual = new Map()

await withEmulator('kill-journal', { [TABLE]: COLUMNS }, campaign)

/** @param {Place} place */
async function campaign(place) {
  const startedAt = performance.now()
  await oneRun(place, 0, false)
  const total = { unresolved: 0, different: 0, interrupted: 0, sets: 0, kills: 0 }
  let run = 0
  while (total.kills < flags.kills) {
    run++
    const { victim, unresolved, different, interrupted, sets, kills } = await oneRun(
      place,
      run,
      true,
    )
    total.unresolved += unresolved
    total.different += Number(different > 0)
    total.interrupted += interrupted
    total.sets += sets
    total.kills += kills
    console.log(
      `run ${run}: ${kills === 0 ? 'not killed' : 'killed'} in ${victim}, ${sets} change sets, ${interrupted} of them interrupted, ` +
        `${unresolved} unresolved, ${different} records differ`,
    )
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(
    `${total.kills} kills in ${run} runs: ${total.sets} change sets, ${total.interrupted} interrupted, ` +
      `${total.unresolved} unresolved, ${total.different} tables that differ from the start, in ${seconds} s`,
  )
  return total.unresolved === 0 && total.different === 0
}

/**
 * @param {Place} place
 * @param {number} number of the run
 * @param {boolean} isKilled
 */
async function oneRun(place, number, isKilled) {
  const run = await newRun(place, flags, number)
  const { emulator, random, env } = run
  await emulator.admin('POST', `tables/${TABLE}/records?version=DRAFT`, makeRows(random, 0, START))
  const start = await linesOf(TABLE, env)
  const commands = await makeCommands(run)
  const isWritten = flags.writer && isKilled && number % 2 === 0
  const faults = await beginFaults(run, {
    latency: flags.latency,
    clockSteps: isKilled && flags.clockSteps,
    written: isWritten ? { table: TABLE, version: 'DRAFT' } : undefined,
  })
  const victim = isKilled ? Math.floor(random() * commands.length) : -1
  let kills = 0
  for (const [index, { name, args }] of commands.entries()) {
    const words = await args(env)
    const before = await emulator.writes()
    const whole = usual.get(name) ?? { ms: 0, writes: 0 }
    const [part, how] = [random(), random()]
    const isAnyTime = how * ANY_TIME < 1 || whole.writes === 0
    /** @param {import('node:child_process').ChildProcess} child */
    const kill = (child) =>
      isAnyTime
        ? sleep(part * 1.1 * whole.ms, undefined, { ref: false })
        : untilWrites(emulator, before + 1 + Math.floor(part * whole.writes), child)
    const ended = await clt(words, faults.nextEnv(), index === victim ? kill : undefined)
    const { code, stderr, ms } = ended
    if (code === null) kills++
    // 7: the number of records does not fit, because of the writer.
    else if (![0, 6, ...(faults.hasWriter ? [7] : [])].includes(code))
      throw new Error(`run ${number}: ${name}: ${code}: ${stderr}`)
    if (!isKilled) usual.set(name, { ms, writes: (await emulator.writes()) - before })
    if (index === victim) break
  }
  await faults.end()
  const listed = await clt(['changes', 'list', '--limit', '1000', '--json'], env)
  if (listed.code !== 0) throw new Error(`run ${number}: clt changes list: ${listed.stderr}`)
  /** @type {{ id: string, status: string, counts: { open: number, unknown: number } }[]} */
  const sets = JSON.parse(listed.stdout)
  const unresolved = sets.filter(
    ({ status, counts }) => status !== 'settled' || counts.open + counts.unknown > 0,
  )
  if (sets.length > 0) {
    const ids = sets.map(({ id }) => id)
    const undone = await clt(['changes', 'undo', ...ids, '--yes', '--quiet'], env)
    if (undone.code !== 0)
      console.log(`run ${number}: clt changes undo: ${undone.code}: ${undone.stderr}`)
  }
  const { lost, extra } = differenceOf(start, await linesOf(TABLE, env))
  return {
    victim: commands[victim]?.name ?? 'nothing',
    unresolved: unresolved.length,
    different: lost + extra,
    interrupted: listed.stderr.split('was interrupted').length - 1,
    sets: sets.length,
    kills,
  }
}

/**
 * The commands of a run in a random order: each kind of write, and an undo of the last one.
 *
 * @param {import('./kill-frame.mjs').Run} run
 */
async function makeCommands({ run, random, folder }) {
  const file = join(folder, `rows-${run}.csv`)
  const upsert = join(folder, `upsert-${run}.csv`)
  const ndjson = join(folder, `rows-${run}.json`)
  await writeFile(file, csv(makeRows(random, 1_000, flags.rows)))
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
  const stdout = await mustRun(['changes', 'list', '--limit', '1', '--json'], env)
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
  return withDuplicates(random, count, (index) => {
    const n = from + index
    return { code: `c${n}`, name: `Name ${n}`, size: String(n % 97), price: `${n}.50` }
  })
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

/**
 * @param {Place['emulator']} emulator
 * @param {number} count
 * @param {import('node:child_process').ChildProcess} child may make fewer writes than usual, and end
 */
async function untilWrites(emulator, count, child) {
  while (child.exitCode === null && (await emulator.writes()) < count) await sleep(POLL_MS)
}
