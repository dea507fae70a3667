import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ChatlayerError,
  type Column,
  ConnectionError,
  type InsertOptions,
  InvalidInputError,
  type Outcome,
  RejectedError,
  type Rows,
  UnknownOutcomeError,
  type Values,
} from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JobStore } from '../job/job-store.ts'
import type { Outcomes } from '../job/job-types.ts'
import type { RowProblem } from '../rows/row-problem.ts'
import { type ImportOptions, importFile, resumeImport } from './import-job.ts'
import type { ImportReport, ImportTarget } from './import-types.ts'

let folder: string
let store: JobStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-import-'))
  store = new JobStore(join(folder, 'jobs'))
})

afterEach(() => rm(folder, { recursive: true }))

const CONNECTION = { origin: 'https://gateway.example', teamId: 'team', botId: 'bot' }

const COLUMNS: [Column, ...Column[]] = [
  { name: 'code', type: 'text' },
  { name: 'size', type: 'int' },
  { name: 'vip', type: 'bool' },
]

/** How a row ends; a row that hangs ends when the import is aborted. */
type End = ChatlayerError | undefined | 'hangs'

/** A table without a gateway: `end` sets the outcome of each row. */
class FakeTable {
  readonly written: Values[] = []
  columns = COLUMNS
  end: (values: Values, index: number) => End = () => undefined

  get target(): ImportTarget {
    const unused = (): never => {
      throw new Error('not needed here')
    }
    return {
      version: 'DRAFT',
      definition: async () => ({ id: 't1', name: 'stores', columns: this.columns }),
      count: async () => this.written.length,
      gatewayMoment: () => undefined,
      insertMany: (rows, options = {}) => this.#insertMany(rows, options),
      upsert: unused,
      deleteById: unused,
      records: unused,
      preview: { insert: async () => ({ count: 0 }) as never },
    }
  }

  /** Like the client's: what a row meets is its outcome, and a gateway that is gone ends it all. */
  async *#insertMany(rows: Rows<Values>, { signal }: InsertOptions): Outcomes<Values> {
    let index = 0
    for await (const row of rows) {
      const outcome = await this.#insert(row, index++, signal)
      yield outcome
      signal?.throwIfAborted()
      if (outcome.status === 'rejected' && outcome.error instanceof ConnectionError)
        throw outcome.error
    }
  }

  async #insert(
    row: Values,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Values>> {
    const end = this.end(row, index)
    const base = { index, row, id: undefined }
    if (end === 'hangs') {
      while (signal?.aborted === false) await new Promise((resolve) => setTimeout(resolve, 1))
      const error = new UnknownOutcomeError('stopped', { tried: [], cause: signal?.reason })
      return { ...base, status: 'unknown', error, tried: [] }
    }
    if (end === undefined) {
      this.written.push(row)
      return { ...base, status: 'ok', change: 'inserted', id: `id ${this.written.length}` }
    }
    return end.code === 'UNKNOWN_OUTCOME'
      ? { ...base, status: 'unknown', error: end, tried: ['looked'] }
      : { ...base, status: 'rejected', error: end }
  }
}

const FILE = 'stores.csv'

async function run(
  text: string | Buffer,
  table: FakeTable,
  options: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  const path = join(folder, FILE)
  await writeFile(path, text)
  const settings = { mode: 'insert', ...options.settings } as const
  const base = { table: table.target, connection: CONNECTION, store, input: { path } }
  return importFile({ ...base, ...options, settings })
}

async function resume(report: ImportReport, table: FakeTable): Promise<ImportReport> {
  const job = await store.open(report.job)
  return await resumeImport({ table: table.target, connection: CONNECTION, job })
}

async function filesBeside(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name !== FILE && name !== 'jobs')
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])
  return Object.fromEntries(await Promise.all(texts))
}

function sum({ ok, unchanged, rejected, unknown, unsent }: ImportReport): number {
  return ok + unchanged + rejected + unknown + unsent
}

const manyRows = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${index},${index}`)

const csv = (rows: readonly string[]): string => `code,size\n${rows.join('\n')}\n`

const refusal = new RejectedError('values.size: too large', { status: 400, hint: 'Smaller.' })
const unreachable = new ConnectionError('nobody there', { executed: 'no' })

describe('importFile', () => {
  it('writes the rows by column type, and leaves no file beside a file that is all well', async () => {
    const table = new FakeTable()
    const report = await run('Code,size\n00501,7\n"",\n,9007199254740993\n', table)
    expect(table.written).toEqual([
      { code: '00501', size: '7' },
      { code: '', size: null },
      { code: null, size: '9007199254740993' },
    ])
    expect(report).toMatchObject({
      finished: true,
      table: 'stores',
      version: 'DRAFT',
      file: FILE,
      read: 3,
      ok: 3,
      inserted: 3,
      stopped: undefined,
      tableCount: { before: 0, after: 3, least: 3, most: 3 },
    })
    expect(await filesBeside()).toEqual({})
  })

  it('puts rejected and unknown rows into files that can be imported, with reasons beside', async () => {
    const table = new FakeTable()
    const unknown = new UnknownOutcomeError('who knows', { tried: ['looked'] })
    table.end = ({ code }) => (code === 'b' ? refusal : code === 'c' ? unknown : undefined)
    const problems: RowProblem[] = []
    const report = await run(
      'code,size,vip\na,1,yes\nb,2,\nc,3,no\n"d\nd",4,maybe\ne,5\nf,,""\n',
      table,
      { onProblem: (problem) => problems.push(problem) },
    )
    expect(report).toMatchObject({ read: 6, ok: 2, rejected: 3, unknown: 1, unsent: 0 })
    const files = await filesBeside()
    expect(Object.keys(files).toSorted()).toEqual([
      'stores.errors.ndjson',
      'stores.rejected.csv',
      'stores.unknown.csv',
    ])
    expect(files['stores.unknown.csv']).toBe('code,size,vip\nc,3,no\n')
    expect(files['stores.rejected.csv']).toBe('code,size,vip\nb,2,\n"d\nd",4,maybe\ne,5\n')
    const errors = (files['stores.errors.ndjson'] ?? '').trim().split('\n')
    const [refused, open, misread, ragged] = errors.map((line) => JSON.parse(line))
    expect(refused).toEqual({
      line: 3,
      outcome: 'rejected',
      code: 'REJECTED',
      reason: 'values.size: too large',
      fix: 'Smaller.',
      status: 400,
    })
    expect(open).toMatchObject({ line: 4, outcome: 'unknown', tried: ['looked'] })
    expect(misread).toMatchObject({ line: 5, column: 'vip', value: 'maybe', code: 'INVALID_INPUT' })
    expect(ragged).toMatchObject({ line: 7, reason: 'the row has 2 cells, the header 3' })
    expect(report.files.rejected).toBe(join(folder, 'stores.rejected.csv'))
    expect(problems.map(({ line }) => line).toSorted()).toEqual([3, 4, 5, 7])
    // The gateway responded, but the outcome stays unknown: continuing would not resolve it.
    expect(report.finished).toBe(true)
  })

  it('writes nothing, and leaves no job, when the columns do not fit', async () => {
    const table = new FakeTable()
    await expect(run('code,sise\na,1\n', table)).rejects.toThrow(InvalidInputError)
    await expect(run('code,sise\na,1\n', table)).rejects.toThrow('nearest: "size"')
    expect(table.written).toEqual([])
    expect(await store.list()).toEqual([])
    expect(await readdir(store.folder)).toEqual([])
  })

  it('uses the given columns, null text and decimal mark', async () => {
    const table = new FakeTable()
    const settings = {
      mode: 'insert',
      map: { Größe: 'size' },
      ignore: ['x'],
      nullText: '-',
    } as const
    const report = await run('code;Größe;x\n-;7;no matter\n', table, { settings })
    expect(report.ok).toBe(1)
    expect(table.written).toEqual([{ code: null, size: '7' }])
  })

  it('takes lines that end in a delimiter, and rejects values after the last title', async () => {
    const table = new FakeTable()
    const report = await run('code,size,,\na,1,,\nb,2, ,\nc,3,x,\n', table)
    expect(table.written).toEqual([
      { code: 'a', size: '1' },
      { code: 'b', size: '2' },
    ])
    expect(report).toMatchObject({ ok: 2, rejected: 1 })
    const files = await filesBeside()
    expect(files['stores.errors.ndjson']).toContain('column 3 has a value but no title')
  })

  it('takes what comes as a stream, and keeps it as long as it is needed', async () => {
    const table = new FakeTable()
    async function* bytes() {
      yield Buffer.from('code\na\n')
      yield Buffer.from('b\n')
    }
    table.end = ({ code }) => (code === 'b' ? unreachable : undefined)
    const outDir = folder
    const first = await importFile({
      table: table.target,
      connection: CONNECTION,
      store,
      input: { stream: bytes(), name: 'stdin' },
      settings: { mode: 'insert', outDir },
    })
    expect(first).toMatchObject({ file: 'stdin', ok: 1, unsent: 1, finished: false })
    table.end = () => undefined
    expect(await resume(first, table)).toMatchObject({ read: 2, ok: 2, finished: true })
    expect(await readdir(join(store.folder, first.job))).not.toContain('input')
  })

  it('stops when asked: rows in flight end, and resuming writes the rest', async () => {
    const table = new FakeTable()
    const stop = new AbortController()
    table.end = (_values, index) => {
      if (index === 10) stop.abort()
      return undefined
    }
    const rows = manyRows(1000)
    const first = await run(csv(rows), table, { stop: stop.signal })
    expect(first.stopped).toEqual({ reason: 'interrupted', error: undefined })
    const written = table.written.length
    expect(first).toMatchObject({ ok: written, rejected: 0, unknown: 0, unsent: 1000 - written })
    expect(first).toMatchObject({ read: 1000, readToEnd: true })
    expect(written).toBeLessThan(20)
    expect(sum(first)).toBe(first.read)

    const second = await resume(first, table)
    expect(second).toMatchObject({ read: 1000, ok: 1000, finished: true, stopped: undefined })
    expect(table.written.map(({ code, size }) => `${code},${size}`)).toEqual(rows)
    await expect(resume(second, table)).rejects.toThrow('is already done')
  })

  it('ends at once on a second signal: rows in flight are searched for later', async () => {
    const table = new FakeTable()
    const signal = new AbortController()
    table.end = (_values, index) => {
      if (index < 3) return undefined
      signal.abort()
      return 'hangs'
    }
    const first = await run(csv(manyRows(100)), table, { signal: signal.signal })
    expect(first.stopped?.reason).toBe('interrupted')
    expect(first.unknown).toBeGreaterThan(0)
    expect(sum(first)).toBe(first.read)
    expect(first.finished).toBe(false)
    expect(Object.keys(await filesBeside())).toContain('stores.unknown.csv')

    table.end = () => undefined
    const second = await resume(first, table)
    expect(second).toMatchObject({ read: 100, ok: 100, unknown: 0, finished: true })
    expect(await filesBeside()).toEqual({})
  })

  it('stops when the gateway is gone, and calls no row rejected that is sound', async () => {
    const table = new FakeTable()
    table.end = (_values, index) => (index < 5 ? undefined : unreachable)
    const first = await run(csv(manyRows(500)), table)
    expect(first.stopped?.reason).toBe('gateway')
    expect(first.stopped?.error?.code).toBe('CONNECTION')
    expect(first).toMatchObject({ ok: 5, rejected: 0, unknown: 0, finished: false })
    expect(first.unsent).toBe(first.read - 5)
    expect(await filesBeside()).toEqual({})
    table.end = () => undefined
    expect(await resume(first, table)).toMatchObject({ read: 500, ok: 500, finished: true })
    expect(table.written).toHaveLength(500)
  })

  it('stops after as many rejected rows as allowed, and says so', async () => {
    const table = new FakeTable()
    table.end = () => refusal
    const settings = { mode: 'insert', maxErrors: 3 } as const
    const report = await run(csv(manyRows(100)), table, { settings })
    expect(report.stopped).toEqual({ reason: 'errors', error: undefined })
    expect(report.rejected).toBeGreaterThanOrEqual(3)
    expect(report.rejected).toBeLessThan(10)
    expect(sum(report)).toBe(report.read)
  })

  it.each([
    ['a quote in the middle of a cell', 'code,size\na,1\nb,2\n"c"c,3\nd,4\n', 'line 4'],
    ['a quote that is never closed', 'code,size\na,1\n"b,2\nc,3\n', 'line 3'],
    ['bytes of another encoding', Buffer.from('code,size\na,1\né,2\n', 'latin1'), 'line 3'],
    ['NDJSON that stops being JSON', '{"code":"a"}\n{"code":"b"}\n{"code":\n', 'line 3'],
    ['numbers that can be read in two ways', 'code;size\na;1.234\nb;12,50\n', 'two ways'],
    ['a JSON list that is not closed', '[{"code":"a"},{"code":"b"}', 'not closed'],
  ])('writes nothing of a file with %s, and leaves no job', async (_, text, place) => {
    const table = new FakeTable()
    if (place === 'two ways') table.columns = [COLUMNS[0], { name: 'size', type: 'numeric' }]
    const settings = { mode: 'insert', encoding: 'utf-8' } as const
    const failure = run(text, table, { settings })
    await expect(failure).rejects.toThrow(InvalidInputError)
    await expect(failure).rejects.toThrow(place)
    expect(table.written).toEqual([])
    expect(await store.list()).toEqual([])
  })

  it('writes nothing of a file with more bad rows than it is to bear, and names them', async () => {
    const table = new FakeTable()
    const text = 'code,size\na,1\nb,x\nc,3\nd,y\n'
    const failure = run(text, table, { settings: { mode: 'insert', maxErrors: 2 } })
    await expect(failure).rejects.toThrow(/2 rows of the file.*line 3: .*"x".*line 5: .*"y"/)
    expect(table.written).toEqual([])
    expect(await store.list()).toEqual([])
    const some = await run(text, table, { settings: { mode: 'insert', maxErrors: 3 } })
    expect(some).toMatchObject({ ok: 2, rejected: 2, finished: true })
  })

  it('reports how many rows there are before the first is written, and how far it is after each', async () => {
    const table = new FakeTable()
    table.end = ({ code }) => (code === 'b' ? refusal : undefined)
    const seen: unknown[] = []
    await run('code\na\nb\nc\n', table, {
      onProgress: ({ phase, read, ok, rejected, total }) =>
        seen.push([phase, phase === 'reading' ? read : ok + rejected, total]),
    })
    expect(seen).toEqual([
      ...[1, 2, 3].map((rows) => ['reading', rows, undefined]),
      ...[1, 2, 3].map((rows) => ['writing', rows, 3]),
    ])
  })

  it('reports all that is wrong with a row', async () => {
    const table = new FakeTable()
    const problems: RowProblem[] = []
    const report = await run('code,size,vip\na,x,maybe\n', table, {
      onProblem: (problem) => problems.push(problem),
    })
    expect(report).toMatchObject({ read: 1, rejected: 1 })
    expect(problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 'size'],
      [2, 'vip'],
    ])
    const lines = (await filesBeside())['stores.errors.ndjson']?.trim().split('\n') ?? []
    expect(lines.map((line) => JSON.parse(line).column)).toEqual(['size', 'vip'])
  })

  it('leaves files alone that it did not write, or that were changed since', async () => {
    const table = new FakeTable()
    await writeFile(join(folder, 'stores.rejected.csv'), 'of somebody')
    table.end = ({ code }) => (code === 'b' ? unreachable : undefined)
    const first = await run('code,size\na,x\nb,1\n', table)
    expect(first.files.rejected).toBe(join(folder, 'stores.rejected-2.csv'))
    expect(first.files.errors).toBe(join(folder, 'stores.errors-2.ndjson'))
    table.end = () => unreachable
    const second = await resume(first, table)
    expect(second.files).toEqual(first.files)
    await writeFile(join(folder, 'stores.rejected-2.csv'), 'code,size\na,7\n')
    table.end = () => undefined
    const third = await resume(first, table)
    expect(third.files.rejected).toBe(join(folder, 'stores.rejected-3.csv'))
    expect(await filesBeside()).toMatchObject({
      'stores.rejected.csv': 'of somebody',
      'stores.rejected-2.csv': 'code,size\na,7\n',
      'stores.rejected-3.csv': 'code,size\na,x\n',
    })
  })

  it('says when the table does not hold what it should', async () => {
    const table = new FakeTable()
    const { target } = table
    const count = async () => table.written.length * 2
    const report = await run('code\na\n', table, { table: { ...target, count } })
    expect(report.tableCount).toEqual({ before: 0, after: 2, least: 1, most: 1, fits: false })
  })
})

describe('resumeImport', () => {
  /** An import that ended before its file did. */
  async function unfinished(table: FakeTable): Promise<ImportReport> {
    table.end = ({ code }) => (code === '3' ? refusal : Number(code) < 5 ? undefined : unreachable)
    const report = await run(csv(manyRows(100)), table)
    table.end = () => undefined
    return report
  }

  it('keeps what was said of rows in earlier runs', async () => {
    const table = new FakeTable()
    const first = await unfinished(table)
    expect(first.rejected).toBe(1)
    const second = await resume(first, table)
    expect(second).toMatchObject({ read: 100, ok: 99, rejected: 1, finished: true })
    expect((await filesBeside())['stores.rejected.csv']).toBe('code,size\n3,3\n')
  })

  it('refuses a file that has changed, and one that has not is welcome wherever its date is', async () => {
    const table = new FakeTable()
    const first = await unfinished(table)
    const path = join(folder, FILE)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('50,50', '50,51'))
    await expect(resume(first, table)).rejects.toThrow(/has other content/)
    await writeFile(path, `${text}100,100\n`)
    await expect(resume(first, table)).rejects.toThrow(/has \d+ bytes, and had \d+/)
    await writeFile(path, text)
    expect(await resume(first, table)).toMatchObject({ ok: 99, finished: true })
  })

  it('refuses a table that has changed, naming what has', async () => {
    const table = new FakeTable()
    const first = await unfinished(table)
    table.columns = [
      { name: 'code', type: 'uuid' },
      { name: 'size', type: 'int' },
      { name: 'more', type: 'text' },
    ]
    const written = table.written.length
    const failure = resume(first, table)
    await expect(failure).rejects.toThrow('type of column "code" was "text" and is "uuid"')
    await expect(failure).rejects.toThrow('column "vip" is gone')
    await expect(failure).rejects.toThrow('column "more" (text) is new')
    expect(table.written).toHaveLength(written)
  })

  it('refuses another connection', async () => {
    const table = new FakeTable()
    const first = await unfinished(table)
    const job = await store.open(first.job)
    const connection = { ...CONNECTION, botId: 'other' }
    await expect(resumeImport({ table: table.target, connection, job })).rejects.toThrow(
      'bot was "bot" and is "other"',
    )
  })

  it('refuses while another process is at it', async () => {
    const first = await unfinished(new FakeTable())
    const job = await store.open(first.job)
    expect((await store.show(first.job)).status).toBe('running')
    await expect(store.open(first.job)).rejects.toThrow('by another process')
    await expect(store.remove(first.job)).rejects.toThrow('by another process')
    await job.close()
    expect((await store.show(first.job)).status).toBe('unfinished')
  })
})
