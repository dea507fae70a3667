/**
 * The way back from a rejected row: rows with bad cells are imported, what was reported is fixed in
 * the file of rejected rows, and that is imported with the same settings. The table holds what the
 * file meant then, in every format.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, canonicalValue, createClient, type Value } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { readSheet } from 'read-excel-file/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import writeWorkbook from 'write-excel-file/node'
import {
  type ImportMode,
  type ImportReport,
  type ImportSettings,
  importFile,
  JobStore,
} from '../src/index.ts'

const COLUMNS = [
  { name: 'k', type: 'int' },
  { name: 't', type: 'text' },
  { name: 'i', type: 'int' },
  { name: 'n', type: 'numeric' },
  { name: 'b', type: 'bool' },
  { name: 'd', type: 'timestamp' },
  { name: 'u', type: 'uuid' },
  { name: 'j', type: 'jsonb' },
] as const

type Name = (typeof COLUMNS)[number]['name']

/** A title that is in need of quotes in every kind of file; `map` says what it means. */
const TITLE = 'Stück, "n"; a|b'

let folder: string
let emulator: Emulator
let client: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rejected-rows-'))
  emulator = await startEmulator({ tables: [{ name: 'kinds', columns: COLUMNS }] })
  const { url: baseUrl, token, teamId, botId } = emulator
  client = createClient({ baseUrl, token, teamId, botId })
})

afterAll(async () => {
  await client.close()
  await emulator.close()
  await rm(folder, { recursive: true })
})

/** A cell of a file: text, or what has a type in JSON and in a workbook. */
type FileCell = null | string | { readonly typed: unknown }

interface Cell {
  readonly meant: Value
  readonly cell: FileCell
  /** What is in the file in its place, which no column takes. */
  readonly bad?: string
}

type Row = Readonly<Record<Name, Cell>>

interface Kind {
  readonly name: string
  readonly settings: Omit<ImportSettings, 'mode'>
  write(path: string, titles: readonly string[], rows: readonly FileCell[][]): Promise<void>
  /** Puts good cells in the place of bad ones, as a person would. */
  fix(path: string, good: ReadonlyMap<string, FileCell>): Promise<void>
}

type Settings = Pick<
  ImportSettings,
  'decimal' | 'dateFormat' | 'nullText' | 'trueTexts' | 'falseTexts'
>

const settings: fc.Arbitrary<Settings> = fc.record({
  decimal: fc.constantFrom(undefined, '.', ','),
  dateFormat: fc.constantFrom(undefined, 'DD/MM/YYYY', 'D.M.YYYY HH:mm'),
  nullText: fc.constantFrom(undefined, 'NULL', '-', '5'),
  trueTexts: fc.constantFrom(undefined, ['sí', 'ok']),
})

const modes = fc.constantFrom<ImportMode>('insert', 'upsert', 'replace')

const TEXTS = ['00501', '=1+1', '-5', '1e5', 'TRUE', "it's", 'é ü', ' a ', 'a,b', 'a;b', 'a\tb|c']
const ODD_TEXTS = ['"q"', 'a "b" c', 'a\nb', 'null', '[1]', '{"a":1}', '1.234', '31/01/2024', '^~']
const text = fc.oneof(
  fc.constantFrom(...TEXTS, ...ODD_TEXTS),
  fc.string({ unit: fc.constantFrom(...'aé0 ,;"\'|-='), minLength: 1, maxLength: 6 }),
)

/** Which values have a type in the file; a date has one in a workbook alone. */
type Types = 'none' | 'json' | 'sheet'

/** Good cells of each column, under these settings. */
function cellsOf({ decimal = '.', dateFormat, nullText, trueTexts }: Settings, types: Types) {
  const typed = (value: unknown, cell: string): fc.Arbitrary<FileCell> =>
    types !== 'none'
      ? fc.constantFrom<FileCell>(cell, { typed: value })
      : fc.constant<FileCell>(cell)
  const both = <V>(from: fc.Arbitrary<V>, make: (value: V) => [Value, unknown, string]) =>
    from.chain((value) => {
      const [meant, own, cell] = make(value)
      // A text that means null is one in any column.
      return cell === nullText
        ? fc.constant({ meant: null, cell })
        : typed(own, cell).map((one) => ({ meant, cell: one }))
    })
  const date = fc
    .tuple(fc.integer({ min: 1950, max: 2090 }), fc.integer({ min: 1, max: 12 }))
    .chain(([year, month]) =>
      fc.integer({ min: 1, max: 28 }).map((day) => new Date(Date.UTC(year, month - 1, day))),
    )
  const number = fc.oneof(
    // Two numbers, unless the rest of the file says which.
    fc.constantFrom('1.234', '-12.345'),
    fc
      .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat({ max: 9_999 }))
      .map(([whole, part]) => `${whole}.${part}5`),
  )
  return {
    t: both(text, (value) => [value, value, value]),
    i: both(fc.integer(), (value) => [value, value, String(value)]),
    n: both(number, (value) => [value, Number(value), value.replace('.', decimal)]),
    b: both(fc.boolean(), (value) => [value, value, value ? (trueTexts?.[0] ?? 'yes') : 'F']),
    d: both(date, (value) => [
      value.toISOString(),
      types === 'sheet' ? value : value.toISOString(),
      dateText(value, dateFormat),
    ]),
    u: both(fc.uuid(), (value) => [value, value, value]),
    // A text is itself in JSON, and the text of a value elsewhere.
    j: fc
      .constantFrom<Value>({ a: [1, 'é;,"'] }, [null], 7, 'a;b')
      .map((meant) =>
        types === 'json'
          ? { meant, cell: { typed: meant } }
          : { meant, cell: JSON.stringify(meant) },
      )
      .filter(({ cell }) => cell !== nullText),
  }
}

function dateText(date: Date, format: string | undefined): string {
  const [day, month, year] = [date.getUTCDate(), date.getUTCMonth() + 1, date.getUTCFullYear()]
  if (format === undefined) return date.toISOString().slice(0, 10)
  if (format === 'D.M.YYYY HH:mm') return `${day}.${month}.${year} 00:00`
  return `${String(day).padStart(2, '0')}/${String(month).padStart(2, '0')}/${year}`
}

/** Rows, some with bad cells; the first has none, and shows the decimal mark. */
function rowsOf(said: Settings, types: Types): fc.Arbitrary<Row[]> {
  const { nullText, decimal = '.' } = said
  const nothing = { meant: null, cell: nullText ?? null }
  const cells = Object.entries(cellsOf(said, types)).map(([name, good]) =>
    fc
      .record({
        cell: fc.oneof(
          { weight: 5, arbitrary: good as fc.Arbitrary<Cell> },
          { weight: 1, arbitrary: fc.constant<Cell>(nothing) },
        ),
        // Any text is one in a text column, and any value is JSON in JSON.
        isBad:
          name === 't' || (name === 'j' && types === 'json') ? fc.constant(false) : fc.boolean(),
      })
      .map(({ cell, isBad }) => [name, cell, isBad] as const),
  )
  return fc.array(fc.tuple(...cells), { minLength: 1, maxLength: 5 }).map((rows) => {
    const first = Object.fromEntries(COLUMNS.map(({ name }) => [name, nothing as Cell]))
    first.n = { meant: '0.5', cell: `0${decimal}5` }
    const others = rows.map((row, at) => {
      const entries = row.map(([name, cell, isBad]) => [
        name,
        isBad ? { ...cell, bad: `?${at}${name}?` } : cell,
      ])
      return Object.fromEntries(entries) as Row
    })
    return [first as Row, ...others].map((row, at) => ({
      ...row,
      k: { meant: at + 100, cell: String(at + 100) },
    }))
  })
}

function quotedCell(cell: FileCell, delimiter: string): string {
  if (cell === null) return ''
  const plain = typeof cell === 'string' ? cell : String(cell.typed)
  const isOdd = plain === '' || plain.includes(delimiter) || /["\r\n]/.test(plain)
  return isOdd ? `"${plain.replaceAll('"', '""')}"` : plain
}

interface Spelling {
  readonly delimiter: string
  readonly said: Pick<ImportSettings, 'delimiter' | 'encoding' | 'format'>
  readonly head: string
  readonly extension: string
  readonly encode: (text: string) => Buffer
}

const utf8 = (text: string): Buffer => Buffer.from(text)
const SPELLINGS: readonly Spelling[] = [
  { delimiter: ',', said: {}, head: '', extension: 'csv', encode: utf8 },
  { delimiter: ';', said: {}, head: '', extension: 'csv', encode: utf8 },
  {
    delimiter: ';',
    said: { delimiter: ';', format: 'csv' },
    head: '\ufeff',
    extension: 'csv',
    encode: utf8,
  },
  { delimiter: '\t', said: {}, head: '', extension: 'tsv', encode: utf8 },
  { delimiter: '\t', said: { format: 'tsv' }, head: '', extension: 'csv', encode: utf8 },
  { delimiter: '|', said: {}, head: '', extension: 'txt', encode: utf8 },
  { delimiter: '^', said: { delimiter: '^' }, head: '', extension: 'csv', encode: utf8 },
  { delimiter: '~', said: {}, head: 'sep=~\r\n', extension: 'csv', encode: utf8 },
  {
    ...{ delimiter: ';', said: { encoding: 'windows-1252' }, head: '', extension: 'csv' },
    encode: (text) => Buffer.from(text, 'latin1'),
  },
  {
    ...{ delimiter: ',', said: {}, head: '\ufeff', extension: 'csv' },
    encode: (text) => Buffer.from(text, 'utf16le'),
  },
]

function delimited({ delimiter, said, head, extension, encode }: Spelling): Kind {
  const line = (cells: readonly FileCell[]): string =>
    `${cells.map((cell) => quotedCell(cell, delimiter)).join(delimiter)}\r\n`
  return {
    name: `file.${extension}`,
    settings: said,
    async write(path, titles, rows) {
      await writeFile(path, encode(head + [titles, ...rows].map(line).join('')))
    },
    async fix(path, good) {
      const text = await readFile(path, 'utf8')
      const [header = ''] = text.replace(/^\ufeff?(?:sep=.\n)?/, '').split('\n')
      const own = [delimiter, ','].find((each) => header.startsWith(`k${each}t`)) ?? ''
      await writeFile(
        path,
        fixText(text, good, (cell) => quotedCell(cell, own)),
      )
    },
  }
}

/** Each bad cell is in the text once, as it was in the file. */
function fixText(
  text: string,
  good: ReadonlyMap<string, FileCell>,
  write: (cell: FileCell) => string,
): string {
  let fixed = text
  for (const [bad, cell] of good) {
    expect(fixed.split(bad)).toHaveLength(2)
    fixed = fixed.replace(bad, () => write(cell))
  }
  return fixed
}

function json(format: 'json' | 'ndjson', isSaid: boolean): Kind {
  const value = (cell: FileCell): unknown =>
    cell === null || typeof cell === 'string' ? cell : cell.typed
  return {
    name: `file.${isSaid ? 'txt' : format}`,
    settings: { format: isSaid ? format : undefined },
    async write(path, titles, rows) {
      const objects = rows.map((row) =>
        JSON.stringify(Object.fromEntries(row.map((cell, at) => [titles[at], value(cell)]))),
      )
      await writeFile(path, format === 'json' ? `[${objects.join(',')}]` : objects.join('\n'))
    },
    async fix(path, good) {
      const quoted = new Map([...good].map(([bad, cell]) => [JSON.stringify(bad), cell]))
      const text = await readFile(path, 'utf8')
      await writeFile(
        path,
        fixText(text, quoted, (cell) => JSON.stringify(value(cell))),
      )
    },
  }
}

const SHEET = 'Läden & "Orte"'

function workbook(): Kind {
  const cellOf = (cell: unknown) => {
    if (cell === null || cell === undefined) return null
    const type = [String, Number, Boolean].find((each) => typeof cell === each.name.toLowerCase())
    if (cell instanceof Date) return { value: cell, type: Date, format: 'yyyy-mm-dd' }
    return { value: cell, type: type ?? String }
  }
  const value = (cell: FileCell): unknown =>
    cell === null || typeof cell === 'string' ? cell : cell.typed
  const write = async (path: string, rows: unknown[][]): Promise<void> => {
    const data = rows.map((row) => row.map(cellOf))
    const book = await writeWorkbook(data as never, { sheet: SHEET })
    await writeFile(path, await book.toBuffer())
  }
  return {
    name: 'file.xlsx',
    settings: { format: 'xlsx', sheet: SHEET },
    write: (path, titles, rows) => write(path, [[...titles], ...rows.map((row) => row.map(value))]),
    async fix(path, good) {
      const rows: unknown[][] = await readSheet(path, SHEET, { trim: false })
      const found: string[] = []
      const fixed = rows.map((row) =>
        row.map((cell) => {
          if (typeof cell !== 'string' || !good.has(cell)) return cell
          found.push(cell)
          return value(good.get(cell) ?? null)
        }),
      )
      expect(found.toSorted()).toEqual([...good.keys()].toSorted())
      await write(path, fixed)
    },
  }
}

async function importAs(path: string, settings: ImportSettings): Promise<ImportReport> {
  const { origin, teamId, botId } = client.connection
  return await importFile({
    table: client.table('kinds'),
    connection: { origin, teamId, botId },
    store: new JobStore(join(folder, 'jobs')),
    input: { path },
    settings,
  })
}

let files = 0

async function goesBack(
  kind: Kind,
  mode: ImportMode,
  said: Settings,
  rows: readonly Row[],
): Promise<void> {
  emulator.reset()
  const place = join(folder, String(++files))
  const path = `${place}-${kind.name}`
  const names = COLUMNS.map(({ name }) => name)
  const titles = names.map((name) => (name === 'i' ? TITLE : name))
  const cells = rows.map((row) => names.map((name) => row[name].bad ?? row[name].cell))
  await kind.write(path, titles, cells)
  // The rows that show the decimal mark are not in the rejected file; it keeps a delimiter that was said.
  const { decimal = kind.settings.delimiter === ';' ? '.' : undefined } = said
  const key = mode === 'insert' ? undefined : ['k']
  const settings = { ...said, decimal, ...kind.settings, map: { [TITLE]: 'i' }, mode, key }
  const first = await importAs(path, settings)
  const isBad = (row: Row): boolean => names.some((name) => row[name].bad !== undefined)
  const rejected = rows.filter(isBad)
  expect(first).toMatchObject({ read: rows.length, rejected: rejected.length, finished: true })

  const bad = rejected.flatMap((row) => names.flatMap((name) => row[name].bad ?? []))
  const errors = first.files.errors === undefined ? '' : await readFile(first.files.errors, 'utf8')
  const reported = errors.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  expect(reported.map(({ value }) => value).toSorted()).toEqual(bad.toSorted())
  if (first.files.rejected !== undefined) {
    const good = rejected.flatMap((row) =>
      Object.values(row).flatMap(({ bad, cell }: Cell) => (bad === undefined ? [] : [[bad, cell]])),
    ) as [string, FileCell][]
    await kind.fix(first.files.rejected, new Map(good))
    // Replacing by these rows would delete all others.
    const again = { ...settings, mode: mode === 'replace' ? 'upsert' : mode }
    const second = await importAs(first.files.rejected, again)
    expect(second).toMatchObject({ read: rejected.length, ok: rejected.length, finished: true })
  }

  const table = await client.table('kinds').definition()
  const content = (values: Readonly<Record<string, Value>>): string =>
    JSON.stringify(names.map((name) => canonicalValue(values[name] ?? null, name, table)))
  const held = emulator.tables.records('kinds').map(({ values }) => content(values as never))
  const meant = rows.map((row) =>
    content(Object.fromEntries(names.map((name) => [name, row[name].meant]))),
  )
  expect(held.toSorted()).toEqual(meant.toSorted())
}

it.each<[string, fc.Arbitrary<Kind>, Types, number]>([
  ['CSV and TSV', fc.constantFrom(...SPELLINGS).map(delimited), 'none', 30],
  [
    'JSON and NDJSON',
    fc
      .tuple(fc.constantFrom('json', 'ndjson'), fc.boolean())
      .map(([each, said]) => json(each, said)),
    'json',
    15,
  ],
  ['XLSX', fc.constant(workbook()), 'sheet', 8],
])(
  'rejected rows of %s are fixed and imported with the same settings',
  async (_, kinds, types, numRuns) => {
    const cases = fc
      .tuple(kinds, modes, settings)
      .chain(([kind, mode, said]) =>
        rowsOf(said, types).map((rows) => [kind, mode, said, rows] as const),
      )
    const property = fc.asyncProperty(cases, (each) => goesBack(...each))
    await fc.assert(property, { numRuns })
  },
  120_000,
)
