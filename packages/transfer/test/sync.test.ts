/** Syncs against an emulator: what they write, what they leave, and jobs that are resumed. */
import { cpSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  createClient,
  type Values,
  type Version,
  type WriteIntent,
} from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  JobStore,
  type ResumeSyncOptions,
  resumeSync,
  type SyncOptions,
  type SyncPlan,
  type SyncReport,
  syncTables,
} from '../src/index.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'name', type: 'text' },
  { name: 'size', type: 'numeric' },
  { name: 'about', type: 'jsonb' },
]

let folder: string
let emulator: Emulator
let client: Client
let intents: WriteIntent[]
let store: JobStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-sync-'))
  store = new JobStore(join(folder, 'jobs'))
  emulator = await startEmulator({ tables: [{ name: 'stores', columns: COLUMNS }] })
  intents = []
  client = newClient()
})

afterEach(async () => {
  await client.close()
  await emulator.close()
  await rm(folder, { recursive: true })
})

function newClient(): Client {
  const { url: baseUrl, token, teamId, botId } = emulator
  const before = (intent: WriteIntent): void => {
    intents.push(intent)
  }
  return createClient({ baseUrl, token, teamId, botId, onWrite: { before, after() {} } })
}

function rowOf(n: number): Values {
  return { code: `c${n}`, name: `name ${n}`, size: `${n}.50`, about: { n, tags: ['a'] } }
}

function rows(from: number, count: number): Values[] {
  return Array.from({ length: count }, (_, at) => rowOf(from + at))
}

function put(version: Version, records: readonly Values[]): void {
  emulator.tables.insert('stores', records, version)
}

function contents(version: Version): string[] {
  return emulator.tables
    .records('stores', version)
    .map(({ values }) => JSON.stringify(COLUMNS.map(({ name }) => values[name])))
    .toSorted()
}

function connection() {
  const { origin, teamId, botId } = client.connection
  return { origin, teamId, botId }
}

function fromDraft(of = client) {
  const table = of.table('stores', { version: 'DRAFT' })
  return { kind: 'table', table, connection: connection() } as const
}

/** DRAFT to LIVE by `code`, with deletes, unless said otherwise. */
function sync(options: Partial<SyncOptions> = {}): Promise<SyncReport> {
  return syncTables({
    table: client.table('stores', { version: 'LIVE' }),
    connection: connection(),
    store,
    source: fromDraft(),
    settings: { key: ['code'], delete: true },
    ...options,
  })
}

/** Resumes as another process does: with a client that remembers nothing. */
async function resume(
  job: string,
  from = store,
  options: Partial<ResumeSyncOptions> = {},
): Promise<SyncReport> {
  await using other = newClient()
  return await resumeSync({
    table: other.table('stores', { version: 'LIVE' }),
    connection: connection(),
    source: fromDraft(other),
    job: await from.open(job),
    ...options,
  })
}

function writesSent(): Record<string, number> {
  const { INSERT = 0, UPDATE = 0, DELETE = 0 } = emulator.requests.counts.actions
  return { INSERT, UPDATE, DELETE }
}

describe('a sync', () => {
  it('writes exactly the difference, and only the columns that differ', async () => {
    put('DRAFT', [...rows(0, 300), { code: 'new', name: null, size: 'NaN', about: null }])
    put('LIVE', [
      ...rows(2, 298).map((row, at) => ({
        ...row,
        about: { tags: ['a'], n: at + 2 },
        size: `${at + 2}.5`,
      })),
      { ...rowOf(0), name: 'old' },
      { ...rowOf(1), size: '1.6', about: [] },
      { code: 'gone', name: 'x' },
    ])
    const plans: unknown[] = []
    const report = await sync({
      onPlan({ differences, ...plan }) {
        const { a, b, columns, refusals, ...counts } = plan
        expect(refusals).toMatchObject({ count: 0, first: undefined })
        plans.push(
          a.kind,
          b,
          columns,
          counts,
          [...differences()].map(({ change }) => change),
        )
      },
    })
    expect(plans).toEqual([
      'table',
      { kind: 'table', id: expect.any(String), name: 'stores', version: 'LIVE' },
      COLUMNS,
      {
        key: ['code'],
        uncompared: [],
        notWritten: [],
        unselected: 0,
        inserts: 1,
        updates: 2,
        deletes: 1,
        extra: 0,
        same: 298,
      },
      ['changed', 'changed', 'removed', 'added'],
    ])
    expect(report).toMatchObject({
      ...{ finished: true, inserted: 1, updated: 2, deleted: 1, rejected: 0, unsent: 0 },
      readBack: { equal: true, counts: { a: 301, b: 301, same: 301 } },
    })
    expect(writesSent()).toEqual({ INSERT: 1, UPDATE: 2, DELETE: 1 })
    expect(intents.map(({ change, values }) => [change, Object.keys(values ?? {})])).toEqual([
      ['inserted', ['code', 'name', 'size', 'about']],
      ['updated', ['name']],
      ['updated', ['size', 'about']],
      ['deleted', []],
    ])
    expect(emulator.tables.count('stores', 'LIVE')).toBe(301)
    expect(await store.list()).toMatchObject([{ status: 'done' }])
  })

  it('writes nothing where nothing differs, and leaves no job', async () => {
    put('DRAFT', rows(0, 10))
    put('LIVE', rows(0, 10).toReversed())
    const report = await sync()
    expect(report).toMatchObject({ job: undefined, finished: true, readBack: { equal: true } })
    expect(writesSent()).toEqual({ INSERT: 0, UPDATE: 0, DELETE: 0 })
    expect(await store.list()).toEqual([])
  })

  it('leaves records that only the table has, unless they are to be deleted', async () => {
    put('DRAFT', rows(0, 3))
    put('LIVE', rows(1, 4))
    const report = await sync({ settings: { key: ['code'], delete: false } })
    expect(report).toMatchObject({ plan: { inserts: 1, deletes: 0, extra: 2 }, inserted: 1 })
    expect(report.readBack).toMatchObject({ equal: true, counts: { added: 2 } })
    expect(contents('LIVE').length).toBe(5)
  })

  it('without a key counts equal records', async () => {
    put('DRAFT', [rowOf(0), rowOf(0), rowOf(0), rowOf(1)])
    put('LIVE', [rowOf(0), rowOf(1), rowOf(1), rowOf(2)])
    const report = await sync({ settings: { delete: true } })
    expect(report).toMatchObject({ inserted: 2, updated: 0, deleted: 2, readBack: { equal: true } })
    expect(contents('LIVE')).toEqual(contents('DRAFT'))
  })

  it('takes keys with parts that are null, and columns that are left out', async () => {
    put('DRAFT', [
      { code: null, name: 'a', size: '1' },
      { code: 'x', name: null, size: '2' },
    ])
    put('LIVE', [{ code: null, name: 'a', size: '3', about: 'kept' }])
    const settings = { key: ['code', 'name'], ignore: ['about'], delete: true }
    const uncomparedColumns: unknown[] = []
    const onPlan = ({ uncompared }: SyncPlan) => void uncomparedColumns.push(uncompared)
    const report = await sync({ settings, onPlan })
    expect([uncomparedColumns, report]).toMatchObject([
      [['about']],
      { updated: 1, inserted: 1, finished: true },
    ])
    expect(contents('LIVE')).toEqual(['["x",null,"2",null]', '[null,"a","1","kept"]'])
  })

  it('refuses a table as its own source, and keys that are not unique', async () => {
    const table = client.table('stores', { version: 'DRAFT' })
    await expect(sync({ table })).rejects.toThrow('are the same table')
    put('LIVE', [rowOf(0), rowOf(0)])
    await expect(sync()).rejects.toThrow('the key (code) is not unique in stores@live: "c0"')
    expect(await store.list()).toEqual([])
  })

  it('refused at the question leaves nothing behind', async () => {
    put('DRAFT', rows(0, 3))
    const no = new Error('no')
    await expect(sync({ onPlan: () => Promise.reject(no) })).rejects.toBe(no)
    expect([contents('LIVE'), await store.list()]).toEqual([[], []])
  })

  it('is made of a file or of bytes that come once', async () => {
    put('LIVE', [{ ...rowOf(0), name: 'old' }, rowOf(7)])
    const text = 'Code,NAME,size,about\nc0,name 0,"0,5","{""tags"":[""a""],""n"":0}"\nc1,,,\n'
    const path = join(folder, 'stores.csv')
    await writeFile(path, text)
    async function* stream() {
      yield Buffer.from(text)
    }
    const reading = { decimal: ',' } as const
    const fromFile = { kind: 'file', input: { path }, reading } as const
    const report = await sync({ source: fromFile })
    expect(report).toMatchObject({ source: 'stores.csv', updated: 1, inserted: 1, deleted: 1 })
    expect(report.readBack?.equal).toBe(true)
    const input = { stream: stream(), name: 'stdin' }
    const labels: unknown[] = []
    const again = await sync({
      source: { kind: 'file', input, reading },
      onPlan: ({ a }) => void labels.push(a),
    })
    expect(labels).toMatchObject([{ kind: 'file', name: 'stdin' }])
    expect(again).toMatchObject({ source: 'stdin', job: undefined })
    expect(await readdir(join(store.folder, report.job ?? ''))).toEqual([
      'job.sqlite',
      'lock.sqlite',
    ])
  })

  it('sends no null that the gateway has no form for, and deletes nothing then', async () => {
    put('DRAFT', [{ ...rowOf(0), name: null }])
    put('LIVE', [rowOf(0), rowOf(1)])
    const refusals: unknown[] = []
    const report = await sync({ onPlan: (plan) => void refusals.push(plan.refusals) })
    expect(refusals).toMatchObject([{ count: 1, first: { code: 'NOT_EXPRESSIBLE' } }])
    expect(report).toMatchObject({ rejected: 1, deleted: 0, unsent: 1, finished: true })
    expect(report.problems).toMatchObject([
      { change: 'update', key: { code: 'c0' }, code: 'NOT_EXPRESSIBLE', column: 'name' },
    ])
    expect(report.readBack).toMatchObject({ equal: false, counts: { changed: 1, added: 1 } })
    expect(contents('LIVE').length).toBe(2)
  })
})

it('a source without records deletes nothing unless that is allowed', async () => {
  put('LIVE', [rowOf(8), rowOf(9)])
  await expect(sync()).rejects.toThrow('so that all 2 records of "stores" would be deleted')
  expect([contents('LIVE').length, await store.list()]).toEqual([2, []])
  const settings = { key: ['code'], delete: true, allowEmpty: true }
  expect(await sync({ settings })).toMatchObject({ deleted: 2, finished: true })
})

describe('what others write meanwhile', () => {
  async function change(version: Version, code: string, name: string): Promise<void> {
    await client.table('stores', { version }).update({ code }, { name })
  }

  it('to a record of the table is not overwritten', async () => {
    put(
      'DRAFT',
      rows(0, 4).map((row) => ({ ...row, size: '9' })),
    )
    put('LIVE', [...rows(0, 4), rowOf(8), rowOf(9)])
    const report = await sync({
      async onPlan() {
        await change('LIVE', 'c1', 'theirs')
        await change('LIVE', 'c8', 'theirs')
      },
    })
    expect(report).toMatchObject({ updated: 3, rejected: 1, deleted: 0, finished: true })
    expect(report.problems).toMatchObject([
      { change: 'update', key: { code: 'c1' }, code: 'TABLE_CHANGED' },
    ])
    expect(report.problems[0]?.reason).toContain('in "name"')
    expect(report.readBack?.equal).toBe(false)
    expect(contents('LIVE').filter((text) => text.includes('theirs')).length).toBe(2)
    const second = await sync()
    expect(second).toMatchObject({ updated: 1, deleted: 2, readBack: { equal: true } })
  })

  it('to a record that is to be deleted keeps it', async () => {
    put('LIVE', [rowOf(8), rowOf(9)])
    const settings = { key: ['code'], delete: true, allowEmpty: true }
    const report = await sync({ settings, onPlan: () => change('LIVE', 'c8', 'theirs') })
    expect(report).toMatchObject({ deleted: 1, rejected: 1, finished: true })
    expect(contents('LIVE').length).toBe(1)
  })

  it('so that there are more or fewer records, ends the sync before it begins', async () => {
    put('DRAFT', rows(0, 4))
    const refused = sync({ onPlan: () => put('LIVE', [rowOf(7)]) })
    await expect(refused).rejects.toMatchObject({ code: 'TABLE_CHANGED' })
    expect([contents('LIVE').length, await store.list()]).toEqual([1, []])
  })

  it('to the source shows when both are read back', async () => {
    put('DRAFT', rows(0, 4))
    const report = await sync({ onPlan: () => put('DRAFT', [rowOf(7)]) })
    expect(report).toMatchObject({ inserted: 4, finished: true })
    expect(report.readBack).toMatchObject({ equal: false, counts: { removed: 1 } })
  })

  it('that gives a key to two records is reported when both are read back', async () => {
    put('DRAFT', rows(0, 4))
    const onStart = () => put('LIVE', [rowOf(0)])
    const { readBack } = await sync({ onStart })
    expect(readBack?.equal).toBe(false)
    expect(readBack?.error?.message).toContain('not unique in stores@live: "c0" (2 records)')
  })
})

describe('a job', () => {
  /** The job as a kill of this process would leave it now. */
  function killed(from: JobStore): JobStore {
    const copy = join(folder, `killed-${Math.random()}`)
    cpSync(from.folder, copy, { recursive: true })
    return new JobStore(copy)
  }

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** A run that is killed once `condition` holds: no request goes out after the copy is made. */
  async function killAt(run: Promise<SyncReport>, abort: AbortController, at: () => boolean) {
    await until(at)
    const left = killed(store)
    abort.abort(new Error('killed'))
    const { job } = await run
    return { left, job: job ?? '' }
  }

  it.each(['before', 'after'] as const)(
    'killed in its inserts, cut off %s they took effect, is resumed',
    {
      timeout: 60_000,
    },
    async (when) => {
      put('DRAFT', [...rows(0, 300), ...rows(0, 100)])
      put('LIVE', rows(290, 20))
      emulator.faults.set([{ kind: 'latency', when, ms: 20, actions: ['INSERT'] }])
      const abort = new AbortController()
      const run = sync({ settings: { delete: true }, signal: abort.signal })
      const { left, job } = await killAt(run, abort, () => contents('LIVE').length > 120)
      emulator.faults.clear()
      const report = await resume(job, left)
      expect(report).toMatchObject({ inserted: 390, deleted: 10, unknown: 0, finished: true })
      expect(report.readBack?.equal).toBe(true)
      expect(contents('LIVE')).toEqual(contents('DRAFT'))
    },
  )

  it('takes no record that was there before for one whose insert went unanswered', async () => {
    put('DRAFT', [rowOf(0), rowOf(0), rowOf(0), rowOf(1)])
    put('LIVE', [rowOf(0)])
    emulator.faults.set([{ kind: 'reset', when: 'after', actions: ['INSERT'], times: 2 }])
    const after = await sync({ settings: { delete: false } })
    expect(after).toMatchObject({ inserted: 3, unknown: 0, readBack: { equal: true } })
    put('DRAFT', [rowOf(0)])
    emulator.faults.set([{ kind: 'reset', when: 'before', actions: ['INSERT'], times: 1 }])
    const before = await sync({ settings: { delete: false } })
    expect(before).toMatchObject({ inserted: 1, unknown: 0, readBack: { equal: true } })
    expect(contents('LIVE')).toEqual(contents('DRAFT'))
  })

  it('killed in its updates and deletes is resumed', { timeout: 60_000 }, async () => {
    put(
      'DRAFT',
      rows(0, 200).map((row) => ({ ...row, name: 'new' })),
    )
    put('LIVE', rows(0, 260))
    emulator.faults.set([{ kind: 'latency', when: 'after', ms: 10, actions: ['UPDATE', 'DELETE'] }])
    for (const at of [60, 230]) {
      emulator.requests.clear()
      const abort = new AbortController()
      const open = (await store.list()).find(({ status }) => status === 'unfinished')?.id
      const run =
        open === undefined
          ? sync({ signal: abort.signal })
          : resume(open, store, { signal: abort.signal })
      const done = () => emulator.requests.counts.actions.UPDATE ?? 0
      const gone = () => emulator.requests.counts.actions.DELETE ?? 0
      const { left } = await killAt(run, abort, () => done() + gone() >= at - (open ? 60 : 0))
      store = left
    }
    emulator.faults.clear()
    const report = await resume((await store.list())[0]?.id ?? '')
    expect(report).toMatchObject({ updated: 200, deleted: 60, finished: true })
    expect(report.readBack?.equal).toBe(true)
    expect(contents('LIVE')).toEqual(contents('DRAFT'))
  })

  it('stopped in good order accounts for every write, and is resumed', async () => {
    put('DRAFT', rows(0, 400))
    put('LIVE', rows(500, 10))
    emulator.faults.set([{ kind: 'latency', ms: 10, actions: ['INSERT'] }])
    const stop = new AbortController()
    const onProgress = ({ ok }: { ok: number }): void => {
      if (ok > 50) stop.abort(new Error('stop'))
    }
    const first = await sync({ stop: stop.signal, onProgress })
    expect(first).toMatchObject({ finished: false, deleted: 0, unknown: 0, readBack: undefined })
    expect(first.stopped).toMatchObject({ reason: 'interrupted' })
    expect(first.inserted + first.unsent).toBe(410)
    expect(contents('LIVE').length).toBe(10 + first.inserted)
    emulator.faults.clear()
    emulator.requests.clear()
    const second = await resume(first.job ?? '')
    expect(second).toMatchObject({ inserted: 400, deleted: 10, finished: true })
    expect(writesSent()).toEqual({ INSERT: 400 - first.inserted, UPDATE: 0, DELETE: 10 })
    await expect(resume(first.job ?? '')).rejects.toThrow('is already done')
  })

  it('whose gateway is gone is resumed later; its plan stays when the source changes', async () => {
    put('DRAFT', rows(0, 50))
    emulator.faults.set([{ kind: 'reset', actions: ['INSERT'] }])
    const abort = new AbortController()
    setTimeout(() => abort.abort(new Error('stop')), 300)
    const first = await sync({ signal: abort.signal })
    expect(first).toMatchObject({ finished: false, inserted: 0 })
    emulator.faults.clear()
    put('DRAFT', [rowOf(77)])
    const second = await resume(first.job ?? '')
    expect(second).toMatchObject({ inserted: 50, finished: true })
    expect(second.readBack).toMatchObject({ equal: false, counts: { removed: 1 } })
  })

  it('stops at as many refused writes as were said', async () => {
    put(
      'DRAFT',
      rows(0, 40).map((row) => ({ ...row, name: null })),
    )
    put('LIVE', rows(0, 40))
    const report = await sync({ settings: { key: ['code'], delete: true, maxErrors: 1 } })
    expect(report).toMatchObject({ stopped: { reason: 'errors' }, finished: false })
    expect(report.rejected).toBeLessThan(40)
  })

  it('refuses another connection, naming it', async () => {
    put('DRAFT', rows(0, 5))
    const { job } = await sync({ onStart: () => stop.abort(new Error('x')), stop: stop.signal })
    const other = { ...connection(), botId: 'other' }
    const resumed = resume(job ?? '', store, { connection: other })
    await expect(resumed).rejects.toThrow(/bot was ".*" and is "other"/)
    const source = { ...fromDraft(), connection: other }
    await expect(resume(job ?? '', store, { source })).rejects.toThrow('the source of the job')
  })

  const stop = new AbortController()
})
