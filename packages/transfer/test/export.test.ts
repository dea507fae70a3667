/** Exports of a table on an emulator: what is chosen, reported and left behind. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { type Client, createClient, TableChangedError } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { FORMAT_NAMES } from '@chatlayer-tables/files'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ExportOptions,
  type ExportReport,
  type ExportSource,
  exportTable,
  type ImportSettings,
  importFile,
  JobStore,
} from '../src/index.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'size', type: 'int' },
  { name: 'Created_At', type: 'text' },
]

const RECORDS = [
  { code: '=1+1', size: 3, Created_At: 'Monday' },
  { code: '00501', size: -5, Created_At: null },
  { code: '', size: null, Created_At: '+32470' },
]

let folder: string
let emulator: Emulator
let client: Client

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-export-'))
  emulator = await startEmulator({
    tables: [
      { name: 'stores', columns: COLUMNS, records: RECORDS },
      { name: 'empty', columns: COLUMNS },
    ],
  })
  const { url: baseUrl, token, teamId, botId } = emulator
  client = createClient({ baseUrl, token, teamId, botId })
})

afterEach(async () => {
  await client.close()
  await emulator.close()
  await rm(folder, { recursive: true })
})

async function exported(
  options: Omit<ExportOptions, 'table' | 'to'> & { readonly table?: ExportSource },
): Promise<{ report: ExportReport; text: string }> {
  const stream = new PassThrough()
  const written = text(stream)
  const report = await exportTable({ table: client.table('stores'), ...options, to: { stream } })
  stream.end()
  return { report, text: await written }
}

function imported(path: string, table: string, settings: Partial<ImportSettings> = {}) {
  const { origin, teamId, botId } = client.connection
  return importFile({
    table: client.table(table),
    connection: { origin, teamId, botId },
    store: new JobStore(join(folder, 'jobs')),
    input: { path },
    settings: { mode: 'insert', ...settings },
  })
}

describe('what is exported', () => {
  it('is the whole table, as CSV unless said otherwise', async () => {
    const { report, text } = await exported({ sort: 'code' })
    expect(text).toBe('code,size,Created_At\n"",,+32470\n00501,-5,\n=1+1,3,Monday\n')
    expect(report).toMatchObject({
      table: 'stores',
      version: 'DRAFT',
      format: 'csv',
      records: 3,
      columns: ['code', 'size', 'Created_At'],
      guarded: 0,
      leftOut: [],
    })
  })

  it('is what is chosen of it', async () => {
    const { text } = await exported({
      where: { size: { isNull: false } },
      select: ['size', 'code', 'size'],
      sort: { column: 'size', direction: 'desc' },
      limit: 1,
      format: 'ndjson',
    })
    expect(text).toBe('{"size":3,"code":"=1+1"}\n')
  })

  it('has the record fields where they are selected', async () => {
    const { report, text } = await exported({ select: ['code', 'id', 'updatedAt'], limit: 1 })
    expect(report.columns).toEqual(['code', 'id', 'updatedAt'])
    expect(text.split('\n')[1]).toMatch(/,[0-9a-f-]{36},\d{4}-/)
    const all = await exported({ select: ['createdAt', 'code'], withMeta: true, limit: 1 })
    expect(all.report.columns).toEqual(['id', 'updatedAt', 'record createdAt', 'code'])
  })

  it('is refused where the table has no such column', async () => {
    await expect(exported({ select: ['cod'] })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      hint: 'Did you mean "code"?',
    })
    await expect(exported({ select: ['createdat'] })).rejects.toMatchObject({
      hint: 'Did you mean "Created_At"?',
    })
    await expect(exported({ select: [] })).rejects.toThrow('no column to export')
    await expect(exported({ sort: 'cod' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('is guarded against spreadsheets on demand, and reports how often', async () => {
    const { report, text } = await exported({ safeFormulas: true, sort: 'size' })
    expect(text).toBe('code,size,Created_At\n00501,-5,\n\'=1+1,3,Monday\n"",,\'+32470\n')
    expect(report.guarded).toBe(2)
  })

  it('leaves out, and reports, what the definition has no column for', async () => {
    const table = client.table('stores')
    const definition = async () => {
      const { columns, ...rest } = await table.definition()
      return { ...rest, columns: columns.slice(0, 1) }
    }
    const records: ExportSource['records'] = (query, call) => table.records(query, call)
    const { report, text } = await exported({
      table: { version: table.version, definition, records },
      sort: 'code',
    })
    expect(text).toBe('code\n""\n00501\n=1+1\n')
    expect(report.leftOut).toEqual(['size', 'Created_At'])
  })
})

describe('with meta', () => {
  it("each record's own id and dates come first, under titles no column has", async () => {
    const { report, text } = await exported({ withMeta: true, format: 'json', sort: 'size' })
    expect(report.columns.slice(0, 4)).toEqual(['id', 'record createdAt', 'updatedAt', 'code'])
    const records = JSON.parse(text)
    const [own] = emulator.tables.records('stores').filter(({ values }) => values.size === -5)
    expect(records[0]).toEqual({
      id: own?.id,
      'record createdAt': own?.createdAt,
      updatedAt: own?.updatedAt,
      code: '00501',
      size: -5,
      Created_At: null,
    })
  })

  it.each([...FORMAT_NAMES])('a %s file is imported again on demand', async (format) => {
    const path = join(folder, `meta.${format}`)
    await exportTable({ table: client.table('stores'), to: { path }, withMeta: true, sort: 'size' })
    await expect(imported(path, 'empty')).rejects.toMatchObject({
      message: expect.stringContaining('"id": not in the table'),
      situation: {
        code: 'FILE_COLUMNS_DIFFER',
        data: { meta: ['id', 'record createdAt', 'updatedAt'] },
      },
    })
    expect(emulator.tables.count('empty')).toBe(0)
    const report = await imported(path, 'empty', { ignoreMeta: true })
    expect(report).toMatchObject({ ok: 3, rejected: 0 })
    const copy = await exported({ table: client.table('empty'), sort: 'size' })
    expect(copy.text).toBe((await exported({ sort: 'size' })).text)
  })
})

describe('a file', () => {
  it.each(['csv', 'tsv', 'ndjson', 'json'])(
    'is packed when it is called .%s.gz',
    async (format) => {
      const [plain, packed] = [join(folder, `a.${format}`), join(folder, `a.${format}.gz`)]
      for (const path of [plain, packed])
        await exportTable({ table: client.table('stores'), to: { path } })
      expect(gunzipSync(await readFile(packed))).toEqual(await readFile(plain))
      expect(await imported(packed, 'empty')).toMatchObject({ ok: 3 })
    },
  )

  it.each([...FORMAT_NAMES])('of no records as %s is imported as none', async (format) => {
    const path = join(folder, `none.${format}`)
    await exportTable({ table: client.table('empty'), to: { path } })
    expect(await imported(path, 'stores')).toMatchObject({ finished: true, read: 0 })
    expect(emulator.tables.count('stores')).toBe(3)
  })

  it('is refused when nothing can be written there', async () => {
    await mkdir(join(folder, 'dir.csv'))
    const table = client.table('stores')
    for (const [path, message] of [
      ['dir.csv', 'it is a folder'],
      ['none/a.csv', 'there is no such folder'],
      ['a.doc', 'cannot detect a format'],
    ]) {
      const to = { path: join(folder, path ?? '') }
      await expect(exportTable({ table, to })).rejects.toThrow(message)
    }
    expect(await readdir(folder)).toEqual(['dir.csv'])
  })
})

describe('an export that does not come to its end', () => {
  /** A table of which a page is read, and then this happens. */
  function breaking(error: Error): ExportSource {
    const table = client.table('stores')
    return {
      version: table.version,
      definition: (call) => table.definition(call),
      records: (query, call) => ({
        async *pages() {
          yield* table.records(query, call).pages()
          throw error
        },
      }),
    }
  }

  it.each(['csv', 'csv.gz', 'json', 'xlsx'])(
    'leaves the %s file that was there, and no other',
    async (format) => {
      const path = join(folder, `there.${format}`)
      await writeFile(path, 'as it was')
      const changed = new TableChangedError('the table kept changing')
      await expect(exportTable({ table: breaking(changed), to: { path } })).rejects.toBe(changed)
      expect(await readFile(path, 'utf8')).toBe('as it was')
      expect(await readdir(folder)).toEqual([`there.${format}`])
    },
  )

  it('says what the stream failed with', async () => {
    const stream = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => done(new Error('the disk is full')),
    })
    stream.on('error', () => undefined)
    const exporting = exportTable({ table: client.table('stores'), to: { stream } })
    await expect(exporting).rejects.toThrow('the disk is full')
  })
})
