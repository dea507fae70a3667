/** Rows of a source as rows of the table: renamed, computed and selected, in a file of their own. */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { columnTypeOf } from '@chatlayer-tables/contract'
import {
  InvalidInputError,
  type JsonValue,
  nearest,
  stringifyJson,
  type Table,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import {
  CellError,
  cellReader,
  placeName,
  type Source,
  type SourceCell,
  type SourceRow,
} from '@chatlayer-tables/files'
import { asStorageError } from '@chatlayer-tables/local'
import {
  type Calculator,
  ExpressionError,
  type FromSql,
  type RowCalculation,
  tokenize,
} from '@chatlayer-tables/mirror'
import type { SideInput } from '../compare/compare-types.ts'
import { openInput } from '../input/open-input.ts'
import { fold } from '../rows/columns.ts'
import type { ReadingSettings } from '../rows/reading-settings.ts'
import { type ReadRow, RowReader } from '../rows/row-reader.ts'
import { ProjectError } from './project-error.ts'
import type { SyncSpec } from './project-types.ts'

type Side = SideInput

export interface TransformOptions {
  readonly spec: SyncSpec
  /** What the rows are read from, and its name in messages. */
  readonly source: Side
  readonly label: string
  /** The table that is written. */
  readonly target: Table
  readonly calculator: Calculator
  /** The file to write, as NDJSON with the columns of the table. */
  readonly path: string
  readonly signal?: AbortSignal | undefined
  readonly onRows?: ((rows: number) => void) | undefined
}

/** Whether rows of a source are not taken as they are. */
export function isTransformed({ columns, transform, where }: SyncSpec, isTable: boolean): boolean {
  // A file is read under other names without this.
  const isRenamed = isTable && Object.values(columns).some((column) => column !== null)
  return isRenamed || Object.keys(transform).length > 0 || where !== undefined
}

/**
 * Reads the source once and writes what the table is to hold. Memory does not grow with the rows.
 *
 * @returns the columns of the table that every row has
 * @throws InvalidInputError for columns that do not fit, and for rows that cannot be read or computed,
 *   naming their lines; ProjectError for an expression
 */
export async function transformSource(options: TransformOptions): Promise<string[]> {
  const source = await openRows(options)
  try {
    const transform = await Transform.prepare(source.rows, options, source.reading)
    await writeRows(transform.rows(), options)
    return transform.columns
  } finally {
    await source.rows.close()
  }
}

/** A table is read as if it were a file of JSON. */
async function openRows({ source, signal }: TransformOptions): Promise<{
  readonly rows: Source
  readonly reading: ReadingSettings
}> {
  if (source.kind === 'file') {
    const { input, reading = {} } = source
    return { rows: await openInput(input, reading, signal), reading }
  }
  const { table } = source
  const { columns } = await table.definition({ signal })
  const names = columns.map(({ name }) => name)
  async function* rows(): AsyncGenerator<SourceRow, void, undefined> {
    let line = 0
    for await (const { values } of table.records({}, { signal })) {
      yield { line: ++line, cells: names.map((name) => cellOf(values[name] ?? null)) }
    }
  }
  const opened: Source = {
    ...{ format: 'ndjson', header: names, rows: rows(), notes: [] },
    ...{ inputKind: 'table', place: 'row' },
    ...{ bytesTotal: undefined, isPlainUtf8: true, bytesRead: () => 0 },
    async close() {},
  }
  return { rows: opened, reading: {} }
}

function cellOf(value: Value): SourceCell {
  return value === null ? null : { json: value as JsonValue }
}

class Transform {
  readonly #options: TransformOptions
  readonly #reader: RowReader
  readonly #calculation: RowCalculation | undefined
  readonly #values: (cells: readonly SourceCell[]) => Value[]
  readonly #computed: readonly string[]

  private constructor(parts: {
    options: TransformOptions
    reader: RowReader
    calculation: RowCalculation | undefined
    values: (cells: readonly SourceCell[]) => Value[]
  }) {
    this.#options = parts.options
    this.#reader = parts.reader
    this.#calculation = parts.calculation
    this.#values = parts.values
    this.#computed = Object.keys(parts.options.spec.transform)
  }

  static async prepare(
    source: Source,
    options: TransformOptions,
    reading: ReadingSettings,
  ): Promise<Transform> {
    const { spec, target } = options
    checkColumns(source.header, options)
    const titles = source.header.map((title, index) => title ?? placeName(index))
    const columns = rowColumns(titles, options)
    const { calculator, signal, label } = options
    const expressions = expressionsOf(spec, target)
    const calculation =
      expressions.length === 0
        ? undefined
        : await explained(spec, () =>
            calculator.prepareRows({ name: rowName(label), columns, expressions, signal }),
          )
    const used = new Set(calculation?.reads ?? [])
    const reader = new RowReader(source, target, {
      ...reading,
      map: renames(spec),
      ignore: titles.filter((title, index) => isAside(title, index, options, columns, used)),
    })
    const read = cellReader(reading)
    const values = (cells: readonly SourceCell[]): Value[] =>
      columns.map(({ index, type }) => {
        const cell = cells[index] ?? null
        if (type === undefined) return rawValue(cell)
        try {
          return read(cell, type, '')
        } catch (error) {
          if (error instanceof CellError) return rawValue(cell)
          throw error
        }
      })
    return new Transform({ options, reader, calculation, values })
  }

  /** The columns that are filled, in the order of the table. */
  get columns(): string[] {
    const filled = new Set([...this.#reader.columns.map(({ name }) => name), ...this.#computed])
    return this.#options.target.columns.map(({ name }) => name).filter((name) => filled.has(name))
  }

  /** Rows of the table. @throws InvalidInputError once all are read, naming those that cannot be */
  async *rows(): AsyncGenerator<Values, void, undefined> {
    const problems = new RowProblems(this.#options.label, this.#reader.place)
    let batch: ReadRow[] = []
    for await (const row of this.#reader.rowsOfCertainNumbers()) {
      this.#options.signal?.throwIfAborted()
      batch.push(row)
      if (batch.length < BATCH) continue
      yield* this.#compute(batch, problems)
      batch = []
    }
    yield* this.#compute(batch, problems)
    problems.throwIfAny()
  }

  async *#compute(rows: readonly ReadRow[], problems: RowProblems) {
    if (rows.length === 0) return
    const { where, transform } = this.#options.spec
    const computed = await explained(this.#options.spec, async () =>
      this.#calculation?.compute(rows.map(({ row }) => this.#values(row.cells))),
    )
    for (const [index, { row, values, errors }] of rows.entries()) {
      const results = computed?.[index] ?? []
      if (where !== undefined && !this.#isTaken(results[0], row.line, problems)) continue
      if (values === undefined) {
        problems.add(row.line, errors[0].message, errors[0].hint)
        continue
      }
      const found = where === undefined ? results : results.slice(1)
      for (const [at, column] of this.#computed.entries()) {
        const result = found[at]
        if (result === undefined) continue
        if ('reason' in result) {
          const { line } = transform[column]?.place ?? {}
          const about = `transform.${column}${line === undefined ? '' : ` (line ${line})`}`
          problems.add(row.line, `${about} ${result.reason}`, undefined)
        } else {
          setOwn(values, column, result.value)
        }
      }
      yield values
    }
  }

  #isTaken(result: FromSql | undefined, line: number, problems: RowProblems): boolean {
    if (result === undefined) return true
    if ('reason' in result) {
      problems.add(line, `where ${result.reason}`, undefined)
      return false
    }
    return isTrue(result.value)
  }
}

/** Rows that are computed at once. */
const BATCH = 500

/** As SQL takes a value for a condition: text by the number it begins with. */
function isTrue(value: Value): boolean {
  if (typeof value === 'string') return Number.parseFloat(value) !== 0 && /^\s*[-+.\d]/.test(value)
  return value !== null && value !== false && Number(value) !== 0
}

interface PlacedColumn {
  readonly name: string
  readonly index: number
  readonly type: ReturnType<typeof columnTypeOf>
}

/**
 * The columns that expressions see: those of the source by their own names, and by the names that
 * `columns` gives them where no other column of the source has that name. A column that fills one of
 * the table has its type.
 */
function rowColumns(
  titles: readonly string[],
  { spec, target }: TransformOptions,
): readonly PlacedColumn[] {
  const typeOf = (name: string | null | undefined) => {
    const column = target.columns.find((each) => each.name === name)
    return column && columnTypeOf(column.type)
  }
  const own = titles.map((name, index) => {
    const renamed = Object.hasOwn(spec.columns, name) ? spec.columns[name] : name
    return { name, index, type: typeOf(renamed ?? name) }
  })
  const other = titles.flatMap((title, index): PlacedColumn[] => {
    const name = Object.hasOwn(spec.columns, title) ? spec.columns[title] : undefined
    if (name === undefined || name === null || titles.includes(name)) return []
    return [{ name, index, type: typeOf(name) }]
  })
  return [...own, ...other]
}

function expressionsOf({ where, transform }: SyncSpec, target: Table) {
  const condition = where === undefined ? [] : [{ column: WHERE, text: where.sql, type: undefined }]
  return [
    ...condition,
    ...Object.entries(transform).map(([column, { sql }]) => {
      const type = target.columns.find(({ name }) => name === column)?.type
      return { column, text: sql, type: type === undefined ? undefined : columnTypeOf(type) }
    }),
  ]
}

/** The name of the condition among expressions; no column has it. */
const WHERE = '\0where'

/** Errors of expressions with their place in the project. */
async function explained<T>(spec: SyncSpec, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    const isWhere = error.column === WHERE
    const place = isWhere ? spec.where?.place : spec.transform[error.column]?.place
    const message = error.message.replace(/^the expression for ".*?": /s, 'the expression: ')
    throw new ProjectError([{ place: place ?? spec.place, message, hint: error.hint }])
  }
}

/** @throws InvalidInputError for what `columns` and `transform` name in vain */
function checkColumns(header: Source['header'], { spec, label, target }: TransformOptions): void {
  const titles = header.map((title, index) => title ?? placeName(index))
  const names = target.columns.map(({ name }) => name)
  const problem = (message: string, name: string, known: readonly string[], path: string) => {
    const near = nearest(name, known)
    const hint =
      near === undefined ? `Columns: ${known.slice(0, 20).join(', ')}.` : `Did you mean "${near}"?`
    const place = { ...spec.place, path: `${spec.place.path}.${path}` }
    return { place, message, hint }
  }
  const problems = [
    ...Object.keys(spec.columns)
      .filter((name) => !titles.includes(name))
      .map((name) => problem(`${label} has no column "${name}"`, name, titles, 'columns')),
    ...[...Object.values(spec.columns), ...Object.keys(spec.transform)]
      .filter((name) => name !== null)
      .filter((name) => !names.includes(name))
      .map((name) => problem(`"${target.name}" has no column "${name}"`, name, names, 'transform')),
  ]
  if (problems.length > 0) throw new ProjectError(problems)
}

function renames({ columns }: SyncSpec): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}

/**
 * Whether a column of the source fills none of the table: `columns` leaves it out, an expression
 * computes the one it would fill, or it is there for expressions alone.
 */
function isAside(
  title: string,
  index: number,
  { spec, target }: TransformOptions,
  columns: readonly PlacedColumn[],
  used: ReadonlySet<string>,
): boolean {
  if (Object.hasOwn(spec.columns, title)) return spec.columns[title] === null
  if (spec.ignore.includes(title)) return true
  const alike = target.columns.find(({ name }) => name === title)?.name
  const column = alike ?? target.columns.find(({ name }) => fold(name) === fold(title))?.name
  if (column !== undefined)
    return Object.hasOwn(spec.transform, column) || spec.ignore.includes(column)
  return columns.some((each) => each.index === index && used.has(each.name))
}

/** A cell as it is, for SQL. */
function rawValue(cell: SourceCell): Value {
  if (cell === null || typeof cell === 'string') return cell
  const { json } = cell
  return json instanceof Date ? json.toISOString() : json
}

/** The name by which expressions can refer to the row. */
function rowName(label: string): string {
  const name = label.replace(/^.*[/\\#]/, '').replace(/[.@].*$/, '')
  return tokenize(name).length === 1 ? name : 'row'
}

/** Assigning `__proto__` would set the prototype in place of a property. */
function setOwn(values: Values, name: string, value: Value): void {
  Object.defineProperty(values, name, {
    ...{ value, enumerable: true, configurable: true, writable: true },
  })
}

/** Rows that are named in an error. */
const MAX_NAMED = 5

class RowProblems {
  readonly #label: string
  readonly #place: string
  readonly #named: string[] = []
  #count = 0
  #hint: string | undefined

  constructor(label: string, place: string) {
    this.#label = label
    this.#place = place
  }

  add(line: number, message: string, hint: string | undefined): void {
    this.#hint ??= hint
    if (++this.#count <= MAX_NAMED) this.#named.push(`${this.#place} ${line}: ${message}`)
  }

  throwIfAny(): void {
    if (this.#count === 0) return
    const more = this.#count > MAX_NAMED ? `; and ${this.#count - MAX_NAMED} more` : ''
    const rows = this.#count === 1 ? 'a row' : `${this.#count} rows`
    throw new InvalidInputError(
      `${rows} of ${this.#label} cannot be taken: ${this.#named.join('; ')}${more}`,
      { hint: this.#hint },
    )
  }
}

/** @throws StorageError when the file cannot be written */
async function writeRows(
  rows: AsyncIterable<Values>,
  { path, onRows }: TransformOptions,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 })
  const failed = once(file, 'error').then(([error]) => {
    throw asStorageError(error, path)
  })
  failed.catch(() => undefined)
  try {
    let count = 0
    for await (const values of rows) {
      if (!file.write(`${stringifyJson(values)}\n`))
        await Promise.race([once(file, 'drain'), failed])
      onRows?.(++count)
    }
    file.end()
    await Promise.race([once(file, 'close'), failed])
  } finally {
    file.destroy()
  }
}
