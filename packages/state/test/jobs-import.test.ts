/** Imports that one machine begins and another one finishes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openJournal } from '@chatlayer-tables/journal'
import { startProxy, type TcpProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import {
  type ImportOptions,
  type ImportReport,
  importFile,
  type ResumeOptions,
  resumeImport,
} from '@chatlayer-tables/transfer'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openJournalStore } from '../src/journal/store.ts'
import {
  csv,
  linesFrom,
  type Machine,
  Machines,
  type PostgresServer,
  startPostgres,
} from './jobs-setup.ts'

let server: PostgresServer
let machines: Machines

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.end())
beforeEach(async () => {
  machines = await Machines.start(server)
})
afterEach(() => machines[Symbol.asyncDispose]())

async function file(lines: readonly string[]): Promise<string> {
  const path = join(machines.folder, 'stores.csv')
  await writeFile(path, csv(lines))
  return path
}

function begin(machine: Machine, path: string, options: Partial<ImportOptions> = {}) {
  const { connection } = machines
  const { store, client } = machine
  const settings = { mode: 'insert', outDir: machines.folder } as const
  const table = client.table('stores')
  return importFile({ table, connection, store, input: { path }, settings, ...options })
}

async function resume(
  { store, client }: Machine,
  id: string,
  options: Partial<ResumeOptions> = {},
): Promise<ImportReport> {
  const { connection } = machines
  const job = await store.open(id)
  return await resumeImport({ table: client.table('stores'), connection, job, ...options })
}

it('ends where it is begun, as one of a machine alone does', async () => {
  const lines = [...linesFrom(0, 700), 'bad,bad,x']
  const a = await machines.machine()
  const report = await begin(a, await file(lines))
  expect(report).toMatchObject({ ok: 700, rejected: 1, finished: true })
  const b = await machines.machine()
  expect(await b.store.list()).toMatchObject([
    { id: report.job, status: 'done', shared: { figures: { written: 700, planned: 701 } } },
  ])
})

/** Waits until the table holds this many records. */
async function until(records: number): Promise<void> {
  while (machines.emulator.tables.count('stores') < records) await sleep(5)
}

it('shows how far it is while it runs, and by whom', async () => {
  const a = await machines.machine({ principal: 'ann' })
  const b = await machines.machine({ principal: 'ben' })
  machines.emulator.faults.set([{ kind: 'latency', ms: 40, actions: ['INSERT'] }])
  const running = begin(a, await file(linesFrom(0, 900)))
  await until(400)
  const [job] = await b.store.list()
  expect(job).toMatchObject({
    status: 'running',
    facts: { kind: 'import' },
    shared: { host: hostname(), principal: 'ann', figures: { planned: 900, rejected: 0 } },
  })
  expect(job?.shared?.figures?.written).toBeGreaterThan(0)
  expect(job?.shared?.ageMs).toBeLessThan(30_000)
  const id = job?.id ?? ''
  await expect(b.store.open(id)).rejects.toThrow(`is in use by a process on ${hostname()}`)
  await expect(b.store.remove(id)).rejects.toThrow('is in use')
  machines.emulator.faults.clear()
  expect(await running).toMatchObject({ ok: 900, finished: true })
  expect(await b.store.remove(id.slice(0, 5))).toBe(id)
  expect([await a.store.list(), await b.store.list()]).toEqual([[], []])
})

/** An import of 300 rows on a machine that is cut off in its midst. */
async function cutOff(machine: Machine, path: string): Promise<string> {
  machines.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
  const signal = new AbortController()
  const running = begin(machine, path, { signal: signal.signal })
  await until(100)
  await machines.cutOff(machine)
  signal.abort(new Error('killed'))
  machines.emulator.faults.clear()
  return (await running).job
}

describe('the input', () => {
  const lines = linesFrom(0, 300)

  it('that was changed is refused, on every machine', async () => {
    const path = await file(lines)
    const job = await cutOff(await machines.machine(), path)
    const b = await machines.machine()
    await file([...lines.slice(1), 'other,other,1'])
    await expect(resume(b, job)).rejects.toThrow('stores.csv has changed since the job started')
    const moved = join(machines.folder, 'moved.csv')
    await writeFile(moved, csv(lines.slice(1)))
    await expect(resume(b, job, { input: { path: moved } })).rejects.toThrow('has changed')
    await file(lines)
    expect(await resume(b, job)).toMatchObject({ ok: 300, unknown: 0, finished: true })
    expect(machines.lines()).toEqual(lines.toSorted())
  })

  it('that is too large to be copied is named by the user where it is not reachable', async () => {
    const path = await file(lines)
    const env = { CHATLAYER_STATE_INPUT_MB: '0' }
    const job = await cutOff(await machines.machine({ env }), path)
    const b = await machines.machine()
    const moved = join(machines.folder, 'moved.csv')
    await rename(path, moved)
    const missing = await failureOf(resume(b, job))
    expect(missing).toMatchObject({
      message: `the input of job ${job} is not on this machine: ${path}`,
      situation: { code: 'INPUT_NOT_HERE', data: { job } },
    })
    const report = await resume(b, job, { input: { path: moved } })
    expect(report).toMatchObject({ ok: 300, unknown: 0, finished: true })
    expect(machines.lines()).toEqual(lines.toSorted())
  })

  it('that is copied and too large for it leaves no job', async () => {
    const a = await machines.machine({ env: { CHATLAYER_STATE_FILE_MB: '0' } })
    const bytes = (async function* () {
      yield Buffer.from(csv(lines))
    })()
    const input = { stream: bytes, name: 'stores.csv' }
    const failure = await failureOf(begin(a, '', { input }))
    expect(failure).toMatchObject({ name: 'StorageError', kind: 'full' })
    expect(failure.message).toContain('the limit is 0 MB')
    expect([await a.store.list(), machines.lines()]).toEqual([[], []])
    expect(await readdir(a.store.folder)).toEqual([])
    const { rows } = await contents('job_files')
    expect(rows).toBe(0)
  })

  it.each(['CHATLAYER_STATE_FILE_MB', 'CHATLAYER_STATE_INPUT_MB'])(
    'has a limit of megabytes, by %s',
    async (name) => {
      for (const value of ['-1', '1.5', 'x', '99999'])
        await expect(machines.machine({ env: { [name]: value } })).rejects.toThrow(
          `${name} must be a number of megabytes`,
        )
    },
  )
})

it('leaves nothing in the database that only an unfinished job needs', async () => {
  const a = await machines.machine()
  const report = await begin(a, await file([...linesFrom(0, 200), 'bad,bad,x']))
  expect(report).toMatchObject({ ok: 200, rejected: 1, finished: true })
  for (const table of ['job_rows', 'job_marks', 'job_problems', 'job_files', 'job_file_pieces']) {
    expect(await contents(table)).toEqual({ rows: 0 })
  }
  await a.store.remove(report.job)
  for (const table of ['jobs', 'job_parts', 'job_facts']) {
    expect(await contents(table)).toEqual({ rows: 0 })
  }
})

async function contents(table: string): Promise<Record<string, unknown>> {
  const [row = {}] = await machines.admin.query(`select count(*)::int as rows from ${table}`)
  return row
}

it('goes on when connections to the database break, and loses nothing', async () => {
  const lines = [...linesFrom(0, 500), ...linesFrom(0, 100)]
  const a = await machines.machine()
  machines.emulator.faults.set([{ kind: 'latency', ms: 20 }])
  const running = begin(a, await file(lines))
  let hasEnded = false
  const ended = running.finally(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    await sleep(40)
    await machines.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
  }
  expect(await ended).toMatchObject({ ok: 600, unknown: 0, finished: true })
  expect(machines.lines()).toEqual(lines.toSorted())
})

it('stops where the database stays away, sends nothing more, and is resumed', async () => {
  const lines = linesFrom(0, 2_000)
  const path = await file(lines)
  const proxy = await startProxy(server.port)
  const address = machines.address.replace(`:${server.port}/`, `:${proxy.port}/`)
  const a = await machines.machine({ address, waitMs: 300 })
  machines.emulator.faults.set([{ kind: 'latency', ms: 20, actions: ['INSERT'] }])
  const running = begin(a, path)
  await until(300)
  await proxy.end()
  const report = await running
  expect(report).toMatchObject({ finished: false, stopped: { reason: 'storage' } })
  expect(report.stopped?.error).toMatchObject({ kind: 'unreachable' })
  const { inserts } = a.sent
  await sleep(100)
  expect(a.sent.inserts).toBe(inserts)
  expect(report.unsent).toBeGreaterThan(0)
  machines.emulator.faults.clear()
  await machines.cutOff(a)
  const b = await machines.machine()
  expect(await resume(b, report.job)).toMatchObject({ ok: 2_000, unknown: 0, finished: true })
  expect(machines.lines()).toEqual(lines.toSorted())
})

/** Times that let tests wait for the end of leases. */
const SHORT_TIMES = { lease: 800, renew: 200, grace: 400, patience: 4_000 }

it('of a machine that sleeps is taken over, and writes nothing when it wakes up', async () => {
  const lines = [...linesFrom(0, 300), ...linesFrom(0, 300)]
  const path = await file(lines)
  let asleep: PromiseWithResolvers<void> | undefined
  const proxy = await startProxy(server.port)
  const a = await machines.machine({
    address: machines.address.replace(`:${server.port}/`, `:${proxy.port}/`),
    times: SHORT_TIMES,
    async listen(database, sessions) {
      const journal = await openJournal({ store: await openJournalStore(database, sessions) })
      const set = journal.changeSet({ tool: 'test', connection: machines.connection })
      return {
        async before(intent) {
          await asleep?.promise
          const check = await set.before(intent)
          return () => asleep?.promise ?? check?.()
        },
        after: (...args) => set.after(...args),
      }
    },
  })
  machines.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
  const running = begin(a, path)
  await until(150)
  asleep = Promise.withResolvers()
  await sleep(100)
  // Nor is anything heard of it.
  await proxy.end()
  machines.emulator.faults.clear()
  const b = await machines.machine({ times: SHORT_TIMES })
  const [job] = await b.store.list()
  while ((await b.store.show(job?.id ?? '')).status === 'running') await sleep(50)
  const resumed = await resume(b, job?.id ?? '')
  expect(resumed).toMatchObject({ ok: 600, unknown: 0, finished: true })
  expect(machines.lines()).toEqual(lines.toSorted())
  const { inserts } = a.sent
  await using _again = await disposable(startProxy(server.port, { port: proxy.port }))
  const { resolve } = asleep
  asleep = undefined
  resolve()
  const woken = await running
  expect(woken.finished).toBe(false)
  expect(woken.stopped?.error).toMatchObject({ kind: 'lost' })
  expect(a.sent.inserts).toBe(inserts)
  expect(machines.lines()).toEqual(lines.toSorted())
  expect(await a.store.list()).toMatchObject([{ status: 'done', report: { ok: 600 } }])
})

it('killed by the system is resumed elsewhere', async () => {
  const lines = [...linesFrom(0, 400), ...linesFrom(0, 100)]
  const path = await file(lines)
  machines.emulator.faults.set([{ kind: 'latency', when: 'after', ms: 20, actions: ['INSERT'] }])
  const { emulator, address, connection, folder } = machines
  const { url, token } = emulator
  const settings = { address, url, token, connection, path, folder: join(folder, 'child') }
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('jobs-child.ts', import.meta.url)), JSON.stringify(settings)],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const exited = once(child, 'exit')
  await until(150)
  child.kill('SIGKILL')
  await exited
  await rm(path)
  machines.emulator.faults.clear()
  const b = await machines.machine({ times: SHORT_TIMES })
  const [job] = await b.store.list()
  await machines.admin.query(
    `update sessions set expires = clock_timestamp() - interval '1 hour' where program = 'child'`,
  )
  const report = await resume(b, job?.id ?? '')
  expect(report).toMatchObject({ ok: 500, unknown: 0, finished: true })
  expect(machines.lines()).toEqual(lines.toSorted())
})

async function disposable(starting: Promise<TcpProxy>): Promise<AsyncDisposable> {
  const proxy = await starting
  return { [Symbol.asyncDispose]: () => proxy.end() }
}

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: Error) => error,
  )
}
