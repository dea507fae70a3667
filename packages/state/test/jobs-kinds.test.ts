/**
 * Jobs of every kind, whose machine is gone at a random moment, and the next one too; the third one ends
 * them. The machines have nothing in common but the database and the gateway: what the first one read from
 * its disk is removed.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseTableReference, type Values } from '@chatlayer-tables/core'
import {
  createBackup,
  type ImportSettings,
  importFile,
  type JobReport,
  planRestore,
  restoreBackup,
  resumeImport,
  resumeRestore,
  resumeSync,
  syncTables,
  verifyBackup,
} from '@chatlayer-tables/transfer'
import {
  applyProject,
  type ProjectHost,
  parseProject,
  resumeApply,
} from '@chatlayer-tables/transfer/project'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  csv,
  linesFrom,
  type Machine,
  Machines,
  type PostgresServer,
  startPostgres,
} from './jobs-setup.ts'

const SEED = Date.now() % 2 ** 31

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.end())

/** A job of one kind, and what it must have done in the end. */
interface Kind {
  readonly name: string
  readonly start: (machines: Machines) => Promise<{
    begin(machine: Machine, signal: AbortSignal): Promise<JobReport>
    resume(machine: Machine, id: string, signal?: AbortSignal): Promise<JobReport>
    /** What the first machine read. */
    readonly files: readonly string[]
    check(): void
  }>
}

const rowOf = (n: number, size = n): Values => ({ code: `c${n}`, name: `name ${n}`, size })
const rowsOf = (from: number, to: number, size?: number): Values[] =>
  Array.from({ length: to - from }, (_, at) => rowOf(from + at, size ?? from + at))
const linesOf = (rows: readonly Values[]): string[] =>
  rows.map(({ code, name, size }) => `${code},${name},${size}`).toSorted()

async function keep({ folder }: Machines, name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

function imports(name: string, settings: ImportSettings, isStream = false): Kind {
  return {
    name,
    async start(machines) {
      const lines = [...linesFrom(0, 150), ...(settings.mode === 'insert' ? linesFrom(0, 40) : [])]
      if (settings.mode !== 'insert') machines.put('stores', rowsOf(100, 180, 7))
      const path = await keep(machines, 'stores.csv', csv(lines))
      const bytes = (async function* () {
        yield Buffer.from(csv(lines))
      })()
      const { connection } = machines
      return {
        begin: ({ client, store }, signal) =>
          importFile({
            ...{ table: client.table('stores'), connection, store, signal },
            settings: { ...settings, outDir: machines.folder },
            input: isStream ? { stream: bytes, name: 'stores.csv' } : { path },
          }),
        resume: async ({ client, store }, id, signal) =>
          await resumeImport({
            ...{ table: client.table('stores'), connection, signal },
            job: await store.open(id),
          }),
        files: [path],
        check: () => expect(machines.lines()).toEqual(lines.toSorted()),
      }
    },
  }
}

/** Inserts, updates and deletes. */
function syncs(name: string, from: 'file' | 'table'): Kind {
  return {
    name,
    async start(machines) {
      const wanted = [...rowsOf(0, 120), ...rowsOf(200, 210)]
      const into = from === 'file' ? 'DRAFT' : 'LIVE'
      machines.put('stores', [...rowsOf(80, 110, 7), ...rowsOf(200, 230)], into)
      if (from === 'table') machines.put('stores', wanted)
      const path = await keep(machines, 'source.csv', csv(linesOf(wanted)))
      const { connection } = machines
      const targetOf = ({ client }: Machine) => client.table('stores', { version: into })
      const sourceOf = ({ client }: Machine) =>
        ({ kind: 'table', table: client.table('stores'), connection }) as const
      return {
        begin: (machine, signal) =>
          syncTables({
            ...{ table: targetOf(machine), connection, store: machine.store, signal },
            source: from === 'file' ? { kind: 'file', input: { path } } : sourceOf(machine),
            settings: { key: ['code'], delete: true },
            profiles: {},
          }),
        resume: async (machine, id, signal) => {
          const job = await machine.store.open(id)
          const source = from === 'table' ? sourceOf(machine) : undefined
          const report = await resumeSync({
            ...{ table: targetOf(machine), connection, job, source, signal },
          })
          if (report.finished) expect(report.readBack).toMatchObject({ equal: true, fits: true })
          return report
        },
        files: [path],
        check: () => expect(machines.lines('stores', into)).toEqual(linesOf(wanted)),
      }
    },
  }
}

const RESTORE: Kind = {
  name: 'a restore of two tables',
  async start(machines) {
    const [stores, others] = [rowsOf(0, 90), [...rowsOf(0, 60), ...rowsOf(0, 10)]]
    machines.put('stores', stores)
    machines.put('others', others)
    const file = join(machines.folder, 'bot.zip')
    const machine = await machines.machine()
    const { client } = machine
    await createBackup({ client, file, versions: ['DRAFT'], createdBy: 'test' })
    const verified = await verifyBackup({ file })
    for (const table of ['stores', 'others']) {
      const records = machines.emulator.tables.records(table)
      for await (const _ of client.table(table).deleteById(records.map(({ id }) => id)));
    }
    machines.put('stores', rowsOf(500, 520))
    await machine.close()
    return {
      async begin({ client, store }, signal) {
        const choice = { versions: ['DRAFT'], mode: 'replace' } as const
        const plan = await planRestore({ client, file, verified, choice })
        return await restoreBackup({ client, store, plan, signal })
      },
      resume: async ({ client, store }, id, signal) => {
        const report = await resumeRestore({ client, job: await store.open(id), signal })
        if (report.finished) {
          for (const part of report.restored) {
            const comparison = { missing: 0, extra: 0 }
            expect(part).toMatchObject({ comparison, tableCount: { fits: true } })
          }
        }
        return report
      },
      files: [file],
      check() {
        expect(machines.lines('stores')).toEqual(linesOf(stores))
        expect(machines.lines('others')).toEqual(linesOf(others))
      },
    }
  },
}

const PROJECT = `
syncs:
  publish: { from: stores@draft, to: stores@live, key: code, delete: true }
  other: { from: other.ndjson, to: others }
  stores: { from: stores.ndjson, to: stores@draft, key: code, delete: true }
`

const APPLY: Kind = {
  name: 'an apply of three syncs',
  async start(machines) {
    machines.put('stores', rowsOf(0, 40))
    machines.put('stores', rowsOf(20, 50), 'LIVE')
    const wanted = [...rowsOf(10, 20, 7), ...rowsOf(20, 70)]
    const others = [...rowsOf(0, 15), ...rowsOf(0, 15)]
    const ndjson = (rows: readonly Values[]) =>
      rows.map((row) => `${JSON.stringify(row)}\n`).join('')
    const files = new Map([
      ['stores.ndjson', await keep(machines, 'stores.ndjson', ndjson(wanted))],
      ['other.ndjson', await keep(machines, 'other.ndjson', ndjson(others))],
    ])
    const { connection } = machines
    const hostOf = ({ client, folder }: Machine): ProjectHost => {
      const handleOf = (reference: string) => {
        const { table, version = 'DRAFT' } = parseTableReference(reference)
        return client.table(table, { version })
      }
      return {
        temporaryFolder: folder,
        openTable: async (reference) => ({ handle: handleOf(reference), connection }),
        openSource: async ({ text, reading }) => {
          const path = files.get(text)
          return {
            source:
              path === undefined
                ? { kind: 'table', table: handleOf(text), connection }
                : { kind: 'file', input: { path }, reading },
          }
        },
      }
    }
    const project = parseProject(PROJECT, {
      file: 'chatlayer.yaml',
      env: {},
      read: () => undefined,
    })
    return {
      begin: (machine, signal) =>
        applyProject({ project, host: hostOf(machine), store: machine.store, signal }),
      resume: async (machine, id, signal) => {
        const job = await machine.store.open(id)
        const report = await resumeApply({ job, host: hostOf(machine), signal })
        if (report.finished) expect(report).toMatchObject({ ok: true, left: [] })
        return report
      },
      files: [...files.values()],
      check() {
        expect(machines.lines('stores')).toEqual(linesOf(wanted))
        expect(machines.lines('stores', 'LIVE')).toEqual(linesOf(wanted))
        expect(machines.lines('others')).toEqual(linesOf(others))
      },
    }
  },
}

const KINDS: readonly Kind[] = [
  imports('an import of a file', { mode: 'insert' }),
  imports('an import of a stream', { mode: 'insert' }, true),
  imports('an import that replaces by key', { mode: 'replace', key: ['code'] }),
  syncs('a sync from a file', 'file'),
  syncs('a sync from a table', 'table'),
  RESTORE,
  APPLY,
]

function writes({ emulator }: Machines): number {
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = emulator.requests.counts.actions
  return INSERT + UPDATE + DELETE
}

/** Cuts the machine off once so many writes have arrived, and then ends what it does. */
async function cutOffAt(
  machines: Machines,
  machine: Machine,
  more: number,
  run: (signal: AbortSignal) => Promise<JobReport>,
): Promise<void> {
  const signal = new AbortController()
  const most = writes(machines) + more
  let hasEnded = false
  const running = run(signal.signal)
    .catch(() => undefined)
    .finally(() => {
      hasEnded = true
    })
  while (!hasEnded && writes(machines) < most)
    await new Promise((resolve) => setTimeout(resolve, 2))
  await machines.cutOff(machine)
  signal.abort(new Error('killed'))
  await running
}

/** Numbers from 0 to 1, the same ones for a seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}

/** They mostly wait, and have nothing in common. */
describe.concurrent(`machines that are gone, seed ${SEED}`, () => {
  it.each(KINDS)('$name is ended by the third of them', { timeout: 120_000 }, async ({ start }) => {
    const random = randomOf(SEED)
    await using machines = await Machines.start(server, ['stores', 'others'])
    const { begin, resume, files, check } = await start(machines)
    machines.emulator.requests.clear()
    machines.emulator.faults.set([
      { kind: 'latency', when: random() < 0.5 ? 'before' : 'after', ms: 8 },
      { kind: 'reset', when: 'after', rate: 0.03 },
      { kind: 'reset', when: 'before', rate: 0.03 },
    ])
    const a = await machines.machine()
    const first = 1 + Math.floor(random() * 120)
    await cutOffAt(machines, a, first, (signal) => begin(a, signal))
    for (const path of files) await rm(path)
    const b = await machines.machine()
    const [job] = await b.store.list()
    const id = job?.id ?? 'none'
    expect(job).toMatchObject({ shared: { principal: 'ann' } })
    if (job?.status !== 'done') {
      const second = 1 + Math.floor(random() * 60)
      await cutOffAt(machines, b, second, (signal) => resume(b, id, signal))
    }
    const c = await machines.machine()
    if ((await c.store.show(id)).status !== 'done') {
      machines.emulator.faults.clear()
      expect(await resume(c, id)).toMatchObject({ finished: true, stopped: undefined })
    }
    check()
    // The first one comes back.
    expect(await a.store.list()).toMatchObject([{ id, status: 'done' }])
    await expect(resume(a, id)).rejects.toThrow('already done')
    check()
  })
})
