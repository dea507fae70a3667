/** Imports that one machine begins and another one finishes. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ImportOptions,
  type ImportReport,
  importFile,
  type ResumeOptions,
  resumeImport,
} from '@chatlayer-tables/transfer'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
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
  const settings = options.settings ?? { mode: 'insert' }
  const table = client.table('stores')
  return importFile({ table, connection, store, input: { path }, ...options, settings })
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

it('cut off, is resumed elsewhere', async () => {
  const lines = [...linesFrom(0, 300), ...linesFrom(0, 300)]
  const path = await file(lines)
  const a = await machines.machine()
  machines.emulator.faults.set([
    { kind: 'latency', when: 'after', ms: 30, actions: ['INSERT'] },
    { kind: 'reset', when: 'after', rate: 0.05 },
  ])
  const signal = new AbortController()
  const running = begin(a, path, { signal: signal.signal })
  while (machines.emulator.tables.count('stores') < 150) await new Promise((r) => setTimeout(r, 5))
  await machines.cutOff(a)
  signal.abort(new Error('killed'))
  const { job } = await running
  const b = await machines.machine()
  expect(await b.store.list()).toMatchObject([{ id: job, status: 'unfinished' }])
  expect(await resume(b, job)).toMatchObject({ ok: 600, unknown: 0, finished: true })
  expect(machines.lines()).toEqual(lines.toSorted())
})
