/**
 * Several machines on one database. Workers, each with a state folder of its own as a separate machine has,
 * carry out queued syncs of one gateway, while
 *
 * - workers are killed with SIGKILL at random moments, and others started
 * - connections of the database are ended by its server, and the server is restarted
 * - each process has a clock that is off by up to a year
 * - the gateway resets 1% of the connections after it has committed a write
 *
 * After each round every table must equal its file: nothing lost, nothing doubled. At the end every change
 * set must be settled, and undoing all jobs, the newest first, must give the tables of the start.
 *
 *     node scripts/campaigns/machines.mjs [--workers 4] [--tables 10] [--rounds 4] [--records 300] [--seed 1]
 *       [--latency 10]
 *
 * `npm run campaign:machines -- [flags]` builds first.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../workspace.mjs'
import { clockSteps } from './circumstances.mjs'
import { differenceOf, linesOf, mustRun, readFlags } from './kill-frame.mjs'
import { mulberry32, startEmulator } from './processes.mjs'

const POSTGRES = pathToFileURL(join(ROOT, 'packages/sources/test/postgres-server.ts')).href
const CLI = join(ROOT, 'apps/cli/dist/bin.js')
/** The longest time of a round. */
const ROUND_MS = 300_000
const HEADER = 'code,name,size,price'
const TYPES = { code: 'text', name: 'text', size: 'int', price: 'numeric' }

const flags = readFlags({ workers: 4, tables: 10, rounds: 4, records: 300, latency: 10 })
const random = mulberry32(flags.seed * 10_007)
const tables = Array.from({ length: flags.tables }, (_, n) => `t${n}`)
/** What was done to the machines. */
const done = { kills: 0, ended: 0, restarts: 0 }

class Worker {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child
  #ended = Promise.resolve()

  /** @param {number} number @param {() => Record<string, string>} nextClock */
  constructor(number, nextClock) {
    this.number = number
    this.nextClock = nextClock
  }

  start() {
    if (this.#child !== undefined) return
    const env = { ...machine(`worker-${this.number}`), ...this.nextClock() }
    const child = spawn(process.execPath, [CLI, 'worker', '--concurrency', '2', '--quiet'], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    this.#child = child
    this.#ended = once(child, 'exit').then(() => undefined)
  }

  async kill() {
    this.#child?.kill('SIGKILL')
    await this.#ended
    this.#child = undefined
  }

  async end() {
    this.#child?.kill('SIGTERM')
    await this.#ended
    this.#child = undefined
  }
}

const folder = await mkdtemp(join(tmpdir(), 'machines-'))
const { startPostgres, runSql } = await import(POSTGRES)
const database = await startPostgres({ fsync: 'on' })
const emulator = await startEmulator(folder, Object.fromEntries(tables.map((t) => [t, TYPES])))
try {
  process.exitCode = (await campaign()) ? 0 : 1
} finally {
  emulator.child.kill()
  await database.end()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function campaign() {
  const startedAt = performance.now()
  const nextClock = clockSteps(random, flags.clockSteps)
  const start = await fillTables()
  const env = machine('operator')
  await mustRun(['state', 'migrate'], env)
  const machines = Array.from({ length: flags.workers }, (_, n) => new Worker(n, nextClock))
  let wrong = 0
  try {
    for (let round = 1; round <= flags.rounds; round += 1) {
      wrong += await playRound(round, machines, env)
    }
  } finally {
    await Promise.all(machines.map((each) => each.end()))
  }
  await emulator.admin('PUT', 'faults', [])
  const unsettled = await settle(env)
  const left = await undoAll(env, start)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  console.log(
    `${flags.rounds * flags.tables} syncs on ${flags.workers} workers, ${done.kills} kills, ${done.ended} connections ended, ` +
      `${done.restarts} restarts of the database: ${wrong} records lost or doubled, ${unsettled} change sets unsettled, ` +
      `${left} records differ after undoing all, in ${seconds} s`,
  )
  return wrong + unsettled + left === 0
}

/** Queues one sync for each table, and disturbs the machines until all are done. @returns lost and doubled records */
async function playRound(
  /** @type {number} */ round,
  /** @type {Worker[]} */ machines,
  /** @type {NodeJS.ProcessEnv} */ env,
) {
  const ms = { min: 0, max: flags.latency }
  await emulator.admin('PUT', 'faults', [
    { kind: 'reset', when: 'after', rate: 0.01, actions: ['INSERT', 'UPDATE', 'DELETE'] },
    { kind: 'latency', ms, when: 'before' },
    { kind: 'latency', ms, when: 'after' },
  ])
  const files = new Map()
  for (const table of tables) {
    const lines = randomLines()
    files.set(table, lines)
    const sources = join(folder, `round-${round}`)
    await mkdir(sources, { recursive: true })
    await writeFile(join(sources, `${table}.csv`), `${[HEADER, ...lines].join('\n')}\n`)
    const project = join(sources, `${table}.yaml`)
    await writeFile(project, projectOf(table, join(sources, `${table}.csv`)))
    await mustRun(['apply', '--file', project, '--queue', '--yes', '--quiet'], env)
  }
  for (const each of machines) each.start()
  const deadline = performance.now() + ROUND_MS
  while (!(await isRoundDone(round, env))) {
    if (performance.now() > deadline) throw new Error(`round ${round} takes too long`)
    await sleep(300 + random() * 1_500)
    await disturb(machines)
  }
  let wrong = 0
  for (const [table, lines] of files) {
    const { lost, extra } = differenceOf(lines, await linesOf(`${table}@draft`, env))
    if (lost + extra > 0) console.log(`round ${round}, ${table}: ${lost} lost, ${extra} doubled`)
    wrong += lost + extra
  }
  console.log(`round ${round}: ${tables.length} syncs, ${done.kills} kills so far, ${wrong} wrong`)
  return wrong
}

async function disturb(/** @type {Worker[]} */ machines) {
  const what = random()
  if (what < 0.45) {
    const victim = machines[Math.floor(random() * machines.length)]
    await victim?.kill()
    victim?.start()
    done.kills += 1
  } else if (what < 0.8) {
    const ended = await runSql(
      database.url(),
      `select pg_terminate_backend(pid) from pg_stat_activity
       where pid <> pg_backend_pid() and backend_type = 'client backend' and random() < 0.5`,
    ).catch(() => [])
    done.ended += ended.length
  } else if (what < 0.9) {
    await database.stop()
    await sleep(random() * 2_000)
    await database.start()
    done.restarts += 1
  }
}

/** Whether nothing of the queue is waiting or running; a job that failed for good ends the campaign. */
async function isRoundDone(/** @type {number} */ round, /** @type {NodeJS.ProcessEnv} */ env) {
  /** @type {{ id: string, status: string, problem?: string }[]} */
  const jobs = JSON.parse(await mustRun(['jobs', 'list', '--json'], env))
  const failed = jobs.find(({ status }) => status === 'failed')
  if (failed !== undefined) throw new Error(`round ${round}: ${JSON.stringify(failed)}`)
  return jobs.every(({ status }) => status === 'done')
}

/** @returns the number of change sets that stay unsettled */
async function settle(/** @type {NodeJS.ProcessEnv} */ env) {
  // Any command that connects resolves what dead machines left.
  await mustRun(['records', 'count', `${tables[0]}@draft`, '--quiet'], env)
  /** @type {{ status: string }[]} */
  const sets = JSON.parse(await mustRun(['changes', 'list', '--limit', '10000', '--json'], env))
  return sets.filter(({ status }) => status !== 'settled').length
}

/** @returns the number of records that differ from those of the start */
async function undoAll(
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {Map<string, string[]>} */ start,
) {
  /** @type {{ job?: string }[]} */
  const sets = JSON.parse(await mustRun(['changes', 'list', '--limit', '10000', '--json'], env))
  const jobs = [...new Set(sets.flatMap(({ job }) => job ?? []))]
  for (const job of jobs) await mustRun(['changes', 'undo', '--job', job, '--yes', '--quiet'], env)
  let left = 0
  for (const [table, lines] of start) {
    const { lost, extra } = differenceOf(lines, await linesOf(`${table}@draft`, env))
    if (lost + extra > 0) console.log(`after undo, ${table}: ${lost} missing, ${extra} too many`)
    left += lost + extra
  }
  return left
}

/** Gives every table records to begin with. @returns their lines, by table */
async function fillTables() {
  /** @type {Map<string, string[]>} */
  const start = new Map()
  for (const table of tables) {
    const lines = randomLines()
    start.set(table, lines)
    const records = lines.map((line) => {
      const [code, name, size, price] = line.split(',')
      return { code, name, size: Number(size), price }
    })
    await emulator.admin('POST', `tables/${table}/records?version=DRAFT`, records)
  }
  return start
}

/** Some of the codes, each with other values than before. */
function randomLines() {
  const codes = Array.from({ length: flags.records }, (_, n) => n).filter(() => random() < 0.8)
  return codes.map((n) => {
    const size = Math.floor(random() * 3)
    return `c${n},Name ${n % 7},${size},${n}.${size === 0 ? '5' : '25'}`
  })
}

/** @param {string} table @param {string} file */
function projectOf(table, file) {
  return [
    'syncs:',
    `  ${table}:`,
    `    from: ${file}`,
    `    to: ${table}@draft`,
    '    key: code',
    '    delete: true',
    '',
  ].join('\n')
}

/** The environment of one machine. @param {string} name */
function machine(name) {
  return {
    PATH: process.env.PATH,
    ...emulator.connection,
    CHATLAYER_STATE: database.url(),
    XDG_STATE_HOME: join(folder, name),
    XDG_CONFIG_HOME: join(folder, `${name}-config`),
  }
}
