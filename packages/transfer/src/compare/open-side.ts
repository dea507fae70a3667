/** The two sides of a comparison, opened: what they are, and their records to be read once. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import {
  type Column,
  InvalidInputError,
  type Table,
  type Values,
  type Where,
} from '@chatlayer-tables/core'
import {
  type CellReader,
  FORMAT_FACTS,
  placeName,
  type RowPlace,
  type Source,
} from '@chatlayer-tables/files'
import { inputName } from '../input/input.ts'
import { openInput } from '../input/open-input.ts'
import { fold } from '../rows/columns.ts'
import { RowReader } from '../rows/row-reader.ts'
import {
  type ComparedColumns,
  type ConvertedColumn,
  columnsInCommon,
  isCompared,
  type NamedColumns,
} from './columns-in-common.ts'
import type { CompareOptions, CompareSettings, SideFacts, SideInput } from './compare-types.ts'
import { contentReader } from './content-cell.ts'
import { convertValue, wholeNumber } from './convert-value.ts'

/** A record with its place: the line of a file, the id in a table. */
export interface SideRecord {
  readonly place: string | number
  readonly values: Values
}

export interface OpenSide {
  readonly facts: SideFacts
  /** Name in messages. */
  readonly label: string
  /** Undefined for a file. */
  readonly definition: Table | undefined
  /** What the place of a row of a file is called. */
  readonly place: RowPlace
  /**
   * @param where of a table's records, those to read (default: all)
   * @param names the columns to read (default: all that are compared)
   * @throws InvalidInputError for rows of a file that cannot be read, ChatlayerError for a table
   */
  records(where?: Where, names?: readonly string[]): AsyncGenerator<SideRecord, void, undefined>
}

/** Both sides, and the columns they are compared in; how values are equal is up to their types. */
export interface OpenSides extends AsyncDisposable {
  readonly a: OpenSide
  readonly b: OpenSide
  /** A table of just the compared columns. */
  readonly shape: Table
  readonly columns: ComparedColumns
}

/**
 * A file's columns are those of the table on the other side; two files have text alone, or JSON where
 * both are JSON.
 *
 * @throws InvalidInputError when a side cannot be read or their columns do not fit
 */
export async function openSides(options: CompareOptions): Promise<OpenSides> {
  const files: OpenFile[] = []
  const close = async (): Promise<void> => {
    await Promise.all(files.map(({ source }) => source.close()))
  }
  const open = async (side: SideInput): Promise<Opened> => {
    if (side.kind === 'table') return openTable(side, options)
    const file = await openFile(side, options)
    files.push(file)
    return file
  }
  try {
    const [a, b] = [await open(options.a), await open(options.b)]
    const [sideA, sideB] = matchSides(a, b, options)
    const columns = columnsInCommon(sideA, sideB, options)
    const { converted } = columns
    const openedSide = (
      opened: Opened,
      side: MatchedSide,
      convert: typeof converted,
    ): OpenSide => ({
      facts: opened.facts,
      label: opened.label,
      definition: definitionOf(opened),
      place: opened.kind === 'file' ? opened.source.place : 'line',
      records(where, names) {
        const some = columns.columns.filter(({ name }) => names?.includes(name) ?? true)
        return convertEach(side.records(some, where), convert)
      },
    })
    return {
      a: openedSide(a, sideA, converted),
      b: openedSide(b, sideB, []),
      shape: shapeOf(columns.columns, b.label),
      columns,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function* convertEach(
  records: AsyncGenerator<SideRecord, void, undefined>,
  converted: readonly ConvertedColumn[],
): AsyncGenerator<SideRecord, void, undefined> {
  if (converted.length === 0) {
    yield* records
    return
  }
  for await (const { place, values } of records) {
    const changed = converted
      .filter(({ name }) => Object.hasOwn(values, name))
      .map(({ name, to }) => [name, convertValue(values[name] ?? null, to)])
    yield { place, values: { ...values, ...Object.fromEntries(changed) } }
  }
}

interface OpenFile {
  readonly kind: 'file'
  readonly facts: SideFacts
  readonly label: string
  readonly source: Source
  readonly reading: FileInput['reading']
}

interface OpenTable {
  readonly kind: 'table'
  readonly facts: SideFacts
  readonly label: string
  readonly table: TableInput['table']
  readonly definition: Table
}

type Opened = OpenFile | OpenTable
type FileInput = Extract<SideInput, { kind: 'file' }>
type TableInput = Extract<SideInput, { kind: 'table' }>

async function openFile(
  { input, reading, name = inputName(input) }: FileInput,
  { signal }: Pick<CompareOptions, 'signal'>,
): Promise<OpenFile> {
  const source = await openInput(input, reading ?? {}, signal)
  const { format, notes } = source
  return {
    kind: 'file',
    facts: { kind: 'file', name, format, notes },
    label: name,
    source,
    reading,
  }
}

async function openTable(
  { table }: TableInput,
  { signal }: Pick<CompareOptions, 'signal'>,
): Promise<OpenTable> {
  const definition = await table.definition({ signal })
  const { id, name } = definition
  const { version } = table
  const label = `${name}@${version.toLowerCase()}`
  return { kind: 'table', facts: { kind: 'table', id, name, version }, label, table, definition }
}

/** A side whose columns are known by the names they are compared under. */
interface MatchedSide extends NamedColumns {
  /** @param where of a table's records */
  records(
    columns: readonly Column[],
    where?: Where | undefined,
  ): AsyncGenerator<SideRecord, void, undefined>
}

function matchSides(a: Opened, b: Opened, options: CompareOptions): [MatchedSide, MatchedSide] {
  if (a.kind === 'file' && b.kind === 'file') return matchFiles(a, b, options)
  const [tableA, tableB] = [definitionOf(a), definitionOf(b)]
  return [matchSide(a, tableA ?? tableB, options), matchSide(b, tableB ?? tableA, options)]
}

function definitionOf(side: Opened): Table | undefined {
  return side.kind === 'table' ? side.definition : undefined
}

function matchSide(side: Opened, table: Table | undefined, options: CompareOptions): MatchedSide {
  if (side.kind === 'table') return matchTable(side, options)
  if (table === undefined) throw new Error('a file is matched to a table')
  return matchFile(side, table, options)
}

function matchTable({ label, table, definition }: OpenTable, options: CompareOptions): MatchedSide {
  const { signal } = options
  return {
    label,
    columns: definition.columns,
    async *records(columns, where) {
      // In quotes, since a column may have the name of a record field.
      const select = columns.map(({ name }) => `"${name}"`)
      for await (const { id, values } of table.records({ select, where }, { signal })) {
        yield { place: id, values }
      }
    },
  }
}

/** @param readCell default: by the types of the table */
function matchFile(
  { label, source, reading }: OpenFile,
  table: Table,
  options: CompareOptions,
  readCell?: CellReader,
): MatchedSide {
  const titles = source.header.map((title, index) => title ?? placeName(index))
  const ignore = unwanted(titles, reading?.map ?? {}, table, options)
  const reader = new RowReader(source, table, { ...reading, ignore }, readCell)
  const filled = reader.columns.map(({ name }) => name)
  return {
    label,
    columns: table.columns.filter(({ name }) => filled.includes(name)),
    names: [...new Set([...filled, ...titles])],
    records: () => readRows(reader, table, label, options.signal),
  }
}

/** The header of `a` takes the place of the table that does not exist. */
function matchFiles(a: OpenFile, b: OpenFile, options: CompareOptions): [MatchedSide, MatchedSide] {
  const isJson = [a, b].every(({ source }) => FORMAT_FACTS[source.format].keepsTypes)
  const type = isJson ? 'jsonb' : 'text'
  const columns = a.source.header.map((title, index) => ({ name: title ?? placeName(index), type }))
  const table = shapeOf(columns, a.label)
  const match = (file: OpenFile): MatchedSide =>
    matchFile(file, table, options, contentReader(file.reading?.nullText))
  return [match({ ...a, reading: { ...a.reading, map: undefined } }), match(b)]
}

/** The places of a file's columns that are not compared. */
function unwanted(
  titles: readonly string[],
  map: Readonly<Record<string, string>>,
  table: Table,
  settings: CompareSettings,
): string[] {
  const names = table.columns.map(({ name }) => name)
  const { ignore = [] } = settings
  return titles.flatMap((title, index) => {
    const place = placeName(index)
    const exact = map[title] ?? map[place] ?? names.find((name) => name === title)
    const name = exact ?? names.find((other) => fold(other) === fold(title)) ?? title
    const isIgnored = ignore.includes(title) || ignore.includes(place)
    return isCompared(name, settings) && !isIgnored ? [] : [place]
  })
}

/** Maximum number of unreadable rows in the error. */
const MAX_NAMED = 5

/** @throws InvalidInputError once all are read, naming rows that cannot be */
async function* readRows(
  reader: RowReader,
  table: Table,
  label: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<SideRecord, void, undefined> {
  const ints = table.columns.filter(({ type }) => columnTypeOf(type) === 'int')
  const problems: string[] = []
  let count = 0
  let hint: string | undefined
  for await (const { row, values, errors } of reader.rowsOfCertainNumbers()) {
    signal?.throwIfAborted()
    if (values !== undefined) {
      for (const { name } of ints) values[name] = wholeNumber(values[name] ?? null)
      yield { place: row.line, values }
      continue
    }
    const [error] = errors
    hint ??= error.hint
    if (++count <= MAX_NAMED) problems.push(`${reader.place} ${row.line}: ${error.message}`)
  }
  if (count === 0) return
  const more = count > MAX_NAMED ? `; and ${count - MAX_NAMED} more` : ''
  const rows = count === 1 ? 'a row' : `${count} rows`
  throw new InvalidInputError(
    `${rows} of ${label} cannot be compared: ${problems.join('; ')}${more}`,
    { hint },
  )
}

function shapeOf(columns: readonly Column[], name: string): Table {
  return { id: '', botId: '', name, description: '', columns: [...columns] }
}
