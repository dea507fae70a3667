/** Rows of a source as rows of the table: renamed, computed and selected. */
import type { Value, Values } from '@chatlayer-tables/core'
import { CellError, cellReader, type Source, type SourceCell } from '@chatlayer-tables/files'
import type { Calculator, FromSql, RowCalculation } from '@chatlayer-tables/mirror'
import type { ReadingSettings } from '../rows/reading-settings.ts'
import { type ReadRow, RowReader } from '../rows/row-reader.ts'
import { RowProblems } from './row-problems.ts'
import {
  checkColumns,
  isAside,
  renames,
  rowColumns,
  type Transformation,
  titlesOf,
} from './transform-columns.ts'
import { explained, expressionsOf, isTrue, rowName } from './transform-expressions.ts'

export interface RowTransformOptions extends Transformation {
  readonly calculator: Calculator
  readonly signal?: AbortSignal | undefined
}

/** Rows that are computed at once. */
const BATCH = 500

/** Reads rows of a source as rows of the table. */
export class RowTransform {
  readonly #options: RowTransformOptions
  readonly #reader: RowReader
  readonly #calculation: RowCalculation | undefined
  readonly #values: (cells: readonly SourceCell[]) => Value[]
  readonly #computed: readonly string[]

  private constructor(parts: {
    options: RowTransformOptions
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
    options: RowTransformOptions,
    reading: ReadingSettings,
  ): Promise<RowTransform> {
    const { spec, target } = options
    const titles = titlesOf(source)
    checkColumns(titles, options)
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
    return new RowTransform({ options, reader, calculation, values })
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

/** A cell as it is, for SQL. */
function rawValue(cell: SourceCell): Value {
  if (cell === null || typeof cell === 'string') return cell
  const { json } = cell
  return json instanceof Date ? json.toISOString() : json
}

/** Assigning `__proto__` would set the prototype in place of a property. */
function setOwn(values: Values, name: string, value: Value): void {
  Object.defineProperty(values, name, {
    ...{ value, enumerable: true, configurable: true, writable: true },
  })
}
