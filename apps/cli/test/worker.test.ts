/** Workers on the queue of a database: each a process of its own, on a machine of its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, runSql, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectionTo, type Env, type Result, type Running, run } from './cli.ts'
import { type Machine, machine, until } from './machines.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
]
const TABLES = ['t0', 't1', 't2', 't3']

const folder = mkdtempSync(join(tmpdir(), 'clt-worker-'))
const emulator = await startEmulator({
  tables: TABLES.map((name) => ({ name, columns: COLUMNS })),
})

let server: PostgresServer
let address: string
let number = 0
let machines: Machine[]
let client: Env
let projects: string
let running: Running[] = []

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(async () => {
  await server.end()
  await emulator.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  emulator.reset()
  emulator.faults.clear()
  const name = `worker${++number}`
  await runSql(server.url(), `create database ${name}`)
  address = server.url(name)
  const env = { ...connectionTo(emulator), CHATLAYER_STATE: address }
  client = { ...env, XDG_STATE_HOME: join(folder, `client${number}`) }
  machines = ['a', 'b', 'c'].map((each) => machine(folder, `${each}${number}`, env))
  projects = join(folder, `projects${number}`)
  mkdirSync(projects)
  return async () => {
    for (const { child, result } of running) {
      child.kill('SIGKILL')
      await result
    }
    running = []
  }
})

/** Writes a project that adds rows to a table. @returns its `chatlayer.yaml` */
function project(name: string, table: string, rows: number, more = ''): string {
  const place = join(projects, name)
  mkdirSync(place)
  const lines = Array.from({ length: rows }, (_, n) => `${name}-${n},name ${n}`)
  writeFileSync(join(place, 'rows.csv'), `code,name\n${lines.join('\n')}\n`)
  const file = join(place, 'chatlayer.yaml')
  const sync = `syncs:\n  rows:\n    from: rows.csv\n    to: ${table}\n    key: code\n`
  writeFileSync(file, `${sync}${more}`)
  return file
}

function on(index: number): Machine {
  const found = machines[index]
  if (found === undefined) throw new Error('no such machine')
  return found
}

/** Runs a command on a machine without workers. */
function clt(...args: string[]): Promise<Result> {
  return run(args, client)
}

/** @returns the id */
async function queue(file: string, ...more: string[]): Promise<string> {
  const args = ['apply', '--queue', '--yes', '--json', '--file', file, ...more]
  const { code, stdout, stderr } = await clt(...args)
  expect(code, stderr).toBe(0)
  const [first = ''] = stdout.split('\n')
  return JSON.parse(first).id
}

interface WorkerEvent {
  readonly event: string
  readonly id?: string
  readonly name?: string
  readonly end?: string
  readonly reason?: string
  readonly metrics?: string
  readonly text?: string
}

interface WorkerProcess extends Running {
  events(): WorkerEvent[]
}

/** Starts a worker that is killed after the test. */
function startWorker(index: number, ...more: string[]): WorkerProcess {
  const started = on(index).start(['worker', '--json', ...more])
  running.push(started)
  let text = ''
  started.child.stdout?.on('data', (chunk: string) => {
    text += chunk
  })
  const events = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as WorkerEvent)
  return { ...started, events }
}

/** Lets a worker carry out what waits. */
async function workOnce(index: number, ...more: string[]): Promise<WorkerEvent[]> {
  const { code, stdout, stderr } = await on(index).run(['worker', '--once', '--json', ...more])
  expect(code, stderr).toBe(0)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WorkerEvent)
}

async function show(id: string) {
  const { code, stdout, stderr } = await clt('jobs', 'show', id, '--json')
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout)
}

function codes(table: string): string[] {
  return emulator.tables.records(table).map(({ values }) => String(values.code))
}

function expected(name: string, rows: number): string[] {
  return Array.from({ length: rows }, (_, n) => `${name}-${n}`).toSorted()
}

describe('several workers', () => {
  it('apply twelve projects to four tables, one at a time to each table', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 15, actions: ['INSERT'] }])
    const ids = new Map(emulator.tables.list().map(({ id, name }) => [name, id]))
    for (let n = 0; n < 12; n++) {
      const table = TABLES[n % 4] ?? ''
      // A table has several names: what is queued does not show that they are the same.
      await queue(project(`p${n}`, `${n % 3 === 0 ? ids.get(table) : table}@draft`, 40))
    }
    const workers = [0, 1, 2].map((index) => startWorker(index, '--concurrency', '2'))
    await until(() => TABLES.every((table) => emulator.tables.count(table) === 120))
    await until(async () => {
      const { stdout } = await clt('jobs', 'list', '--json')
      const queued = JSON.parse(stdout).filter((job: { queued?: boolean }) => job.queued)
      return queued.every(({ status }: { status: string }) => status === 'done')
    })
    for (const { child, result } of workers) {
      child.kill('SIGTERM')
      const { code, stderr } = await result
      expect(code, stderr).toBe(0)
    }
    for (const [index, table] of TABLES.entries()) {
      const found = codes(table)
      const names = [0, 4, 8].map((more) => `p${index + more}`)
      expect(found.toSorted()).toEqual(names.flatMap((name) => expected(name, 40)).toSorted())
      // The rows of each project follow each other: no two were written at a time.
      const order = found.map((code) => code.replace(/-.*/, ''))
      const turns = order.filter((name, at) => name !== order[at - 1])
      expect(turns.toSorted()).toEqual(names.toSorted())
    }
    const took = workers.map(
      ({ events }) => events().filter(({ event }) => event === 'taken').length,
    )
    expect(took.every((count) => count > 0)).toBe(true)
  })

  it('resume what a worker has begun that is stopped, or killed', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 60, actions: ['INSERT'] }])
    const id = await queue(project('p', 't0@draft', 300))
    const first = startWorker(0, '--drain', '100ms')
    await until(() => emulator.tables.count('t0') >= 20)
    first.child.kill('SIGTERM')
    const stopped = await first.result
    expect(stopped.code, stopped.stderr).toBe(0)
    expect(first.events().find(({ event }) => event === 'ended')).toMatchObject({
      ...{ id, end: 'back', reason: 'its worker was stopped' },
    })
    const begun = emulator.tables.count('t0')
    expect(begun).toBeLessThan(300)
    const { job } = await show(id)

    const second = startWorker(1)
    await until(() => emulator.tables.count('t0') >= begun + 20)
    second.child.kill('SIGKILL')
    await second.result
    expect(emulator.tables.count('t0')).toBeLessThan(300)
    emulator.faults.clear()

    const third = startWorker(2)
    await until(() => third.events().some(({ event }) => event === 'ended'))
    expect(codes('t0').toSorted()).toEqual(expected('p', 300))
    expect(await show(id)).toMatchObject({ status: 'done', job, failures: 0, lost: 1 })
    const text = third.events().flatMap(({ text = '' }) => text)
    expect(text.join('\n')).toContain(`resuming job ${job}`)
  })

  it('take the more urgent first', async () => {
    for (const [index, priority] of ['0', '5', '1'].entries()) {
      await queue(project(`p${index}`, `t${index}@draft`, 1), '--priority', priority)
    }
    const events = await workOnce(1, '--concurrency', '1')
    const taken = events.filter(({ event }) => event === 'taken').map(({ name }) => name)
    expect(taken).toEqual(['p1', 'p2', 'p0'])
  })
})

describe('a queued project', () => {
  it('is followed to its end, and shown with its log', async () => {
    const file = project('shop', 't0@draft', 3)
    const args = ['apply', '--queue', '--yes', '--follow', '--file', file, '--note', 'from a test']
    const following = clt(...args)
    await until(async () => (await clt('jobs', 'list')).stdout.includes('queued'))
    const worker = startWorker(1)
    const { code, stderr } = await following
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/queued job [0-9a-f]{8}: shop\n.*t0@draft: 3 inserted.*: done\n$/s)
    const [, short = ''] = /queued job ([0-9a-f]{8})/.exec(stderr) ?? []
    const shown = await clt('jobs', 'show', short)
    for (const text of ['done', 'shop', 'rows.csv', '3 inserted, 0 updated', 'undo with']) {
      expect(shown.stdout + shown.stderr).toContain(text)
    }
    const logs = await clt('jobs', 'logs', short)
    expect(logs.stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+Z started job \w{8}: rows\n/)
    const { job } = await show(short)
    const undone = await clt('changes', 'undo', '--job', job, '--yes')
    expect(undone.code, undone.stderr).toBe(0)
    expect(codes('t0')).toEqual([])
    worker.child.kill('SIGTERM')
    await worker.result
  })

  it('that fails for good is not tried again; on_failure is called', async () => {
    const hook = join(projects, 'failed')
    const more = `    limits:\n      inserts: 2\non_failure: echo $CLT_FAILURE_MESSAGE >> ${hook}\n`
    const id = await queue(project('p', 't0@draft', 3, more))
    await workOnce(0)
    const job = await show(id)
    expect(job).toMatchObject({ status: 'failed', failures: 1, result: { exit: 11 } })
    expect(codes('t0')).toEqual([])
    expect(readFileSync(hook, 'utf8').trim().split('\n')).toHaveLength(1)
  })

  it('that fails since the gateway is gone is tried again', async () => {
    emulator.faults.set([{ kind: 'status', status: 503 }])
    const id = await queue(project('p', 't0@draft', 3))
    const worker = startWorker(0)
    await until(() => worker.events().some(({ event }) => event === 'ended'))
    expect(await show(id)).toMatchObject({ status: 'retrying', failures: 1 })
    emulator.faults.clear()
    await until(() => worker.events().some(({ end }) => end === 'done'))
    expect(codes('t0')).toEqual(expected('p', 3))
  })

  it('that is cancelled while it runs is stopped, and can be undone', async () => {
    emulator.faults.set([{ kind: 'latency', ms: 500, actions: ['INSERT'] }])
    const id = await queue(project('p', 't0@draft', 900))
    const worker = startWorker(0)
    await until(() => emulator.tables.count('t0') >= 20)
    await until(async () => (await show(id)).job !== undefined)
    const { code, stderr } = await clt('jobs', 'cancel', id.slice(0, 8))
    expect(code, stderr).toBe(0)
    const [, job = ''] = /clt changes undo --job (\w+)/.exec(stderr) ?? []
    await until(() => worker.events().some(({ end }) => end === 'lost'))
    expect(emulator.tables.count('t0')).toBeLessThan(900)
    emulator.faults.clear()
    const undone = await clt('changes', 'undo', '--job', job, '--yes')
    expect(undone.code, undone.stderr).toBe(0)
    expect(codes('t0')).toEqual([])
    expect(await show(id)).toMatchObject({ status: 'cancelled' })
    expect((await clt('jobs', 'cancel', id)).stderr).toContain('has ended: cancelled')
  })
})
