/** New values for columns of records, computed by SQL expressions over each record. */
import {
  InvalidInputError,
  nearest,
  type Table,
  type TableRecord,
  type Values,
} from '@chatlayer-tables/core'
import { ExpressionError, SqlLimitError } from '../errors.ts'
import { DEFAULT_LIMITS, DEFAULT_MAX_MEMORY } from '../limits.ts'
import { quoteName } from '../names.ts'
import {
  createRecordTableSql,
  recordValue,
  type ShapeColumn,
  shapesOf,
  type Visibility,
} from '../shape.ts'
import { Engine, QueryFailure } from '../sql/engine.ts'
import { suspectsOf } from '../sql/messages.ts'
import { RECORD_TABLE } from '../sql/protocol.ts'
import { requireAuthorizer } from '../sql/require-authorizer.ts'
import { type SqlValue, toSql } from '../values.ts'
import {
  type Expression,
  explainExpression,
  parseExpression,
  type RecordNames,
} from './expression.ts'
import { type ComputedUpdates, type Loaded, Results } from './results.ts'
import { RowCalculation, type RowCalculationOptions } from './row-calculation.ts'

/** Records of one message to the process, and approximate bytes of their values. */
const BATCH_RECORDS = 500
const BATCH_BYTES = 1024 * 1024

/** Records of one calculation, which are held in memory. */
const MAX_RECORDS = 100_000

export interface CalculatorOptions {
  /** Memory of the evaluation, in bytes (default: 512 MiB). */
  readonly maxMemory?: number | undefined
  /** Time for evaluating the expressions of one calculation, in milliseconds (default: 30,000). */
  readonly timeMs?: number | undefined
}

export interface CalculationOptions {
  /** New values of other columns, the same for every record. */
  readonly set?: Values | undefined
  /** Which columns may be read (default: all); a masked column cannot be used either. */
  readonly visible?: Visibility | undefined
  readonly signal?: AbortSignal | undefined
}

/** Computes new values in a process of its own. Close it when done, or declare it with `using`. */
export function openCalculator({
  maxMemory = DEFAULT_MAX_MEMORY,
  timeMs,
}: CalculatorOptions = {}): Calculator {
  return new Calculator(new Engine({ maxMemory }), timeMs)
}

export class Calculator {
  readonly #engine: Engine
  readonly #timeMs: number

  /** @internal */
  constructor(engine: Engine, timeMs: number = DEFAULT_LIMITS.timeMs) {
    this.#engine = engine
    this.#timeMs = timeMs
  }

  /**
   * Checks expressions by column. Every expression is evaluated over a record as it is before any
   * change.
   *
   * @throws ExpressionError, InvalidInputError for a column that is not in the table or set twice;
   *   SqlError on a Node that cannot limit what SQL does
   */
  async prepare(
    table: Table,
    expressions: Readonly<Record<string, string>>,
    options: CalculationOptions = {},
  ): Promise<Calculation> {
    requireAuthorizer()
    const calculation = new Calculation(this.#engine, this.#timeMs, table, expressions, options)
    await calculation.check()
    return calculation
  }

  /**
   * Checks expressions over rows that are not records, such as those of a file.
   *
   * @throws ExpressionError; SqlError on a Node that cannot limit what SQL does
   */
  async prepareRows(options: RowCalculationOptions): Promise<RowCalculation> {
    requireAuthorizer()
    const calculation = new RowCalculation(this.#engine, options)
    await calculation.check()
    return calculation
  }

  /** Ends the process, and what is being evaluated. */
  close(): void {
    this.#engine.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

export class Calculation {
  readonly #engine: Engine
  readonly #table: Table
  readonly #set: Values
  readonly #signal: AbortSignal | undefined
  readonly #expressions: readonly Expression[]
  readonly #columns: readonly ShapeColumn[]
  readonly #names: RecordNames
  /** The columns that the expressions read, by their names in SQL. */
  #reads: ReadonlySet<string> = new Set()
  #timeMs: number

  /** @internal */
  constructor(
    engine: Engine,
    timeMs: number,
    table: Table,
    expressions: Readonly<Record<string, string>>,
    { set = {}, visible, signal }: CalculationOptions,
  ) {
    this.#engine = engine
    this.#timeMs = timeMs
    this.#table = table
    this.#set = set
    this.#signal = signal
    const entries = Object.entries(expressions)
    for (const name of [...Object.keys(set), ...Object.keys(expressions)]) checkColumn(name, table)
    const twice = entries.find(([column]) => Object.hasOwn(set, column))?.[0]
    if (twice !== undefined) {
      throw new InvalidInputError(`the column "${twice}" is set twice`, {
        field: `expressions.${twice}`,
        hint: 'Pass either a value or an expression.',
      })
    }
    this.#expressions = entries.map(([column, text]) => parseExpression(column, text))
    const [shape] = shapesOf([table], visible)
    const columns = shape?.columns ?? []
    this.#columns = columns.filter(({ masked }) => !masked)
    this.#names = {
      table: shape?.name ?? table.name,
      columns: this.#columns.map(({ name }) => name),
      masked: columns.filter(({ masked }) => masked).map(({ name }) => name),
    }
  }

  /** @internal */
  async check(): Promise<void> {
    const { reads } = await this.#evaluate([])
    this.#reads = new Set(reads)
  }

  /**
   * Computes the new values of records. Either all of them can be computed, or an error is thrown.
   *
   * @throws ComputedValueError, ExpressionError at a limit, and what `records` throws
   */
  async updates(
    records: Iterable<TableRecord> | AsyncIterable<TableRecord>,
  ): Promise<ComputedUpdates> {
    const results = new Results(this.#table, this.#set, this.#expressions)
    let batch: Loaded[] = []
    let bytes = 0
    let matched = 0
    const flush = async (): Promise<void> => {
      const start = performance.now()
      const { rows } = await this.#evaluate(batch.map(({ cells }) => cells))
      this.#timeMs -= performance.now() - start
      for (const [index, cells] of rows.entries()) results.add(batch[index] as Loaded, cells)
      batch = []
      bytes = 0
    }
    for await (const record of records) {
      if (++matched > MAX_RECORDS) throw tooMany()
      const loaded = this.#load(record)
      batch.push(loaded)
      bytes += loaded.bytes
      if (batch.length >= BATCH_RECORDS || bytes >= BATCH_BYTES) await flush()
    }
    if (batch.length > 0) await flush()
    return { matched, changes: results.finish() }
  }

  #load(record: TableRecord): Loaded {
    let rounded: string | undefined
    let bytes = 0
    const cells = this.#columns.map((column) => {
      const cell = toSql(recordValue(record, column), column.type)
      if (cell.rounded && this.#reads.has(column.name)) rounded ??= column.source ?? column.name
      bytes += typeof cell.value === 'string' ? cell.value.length : 8
      return cell.value
    })
    return { record, cells, bytes, rounded, columns: this.#columns }
  }

  async #evaluate(rows: readonly (readonly SqlValue[])[]) {
    const limits = { timeMs: this.#timeMs, signal: this.#signal }
    try {
      return await this.#engine.compute(
        {
          kind: 'compute',
          alias: this.#names.table,
          create: createRecordTableSql(
            { columns: this.#columns },
            `main.${quoteName(RECORD_TABLE)}`,
          ),
          expressions: this.#expressions.map(({ text, tokens }) => ({
            text,
            ends: suspectsOf(tokens).map(({ end }) => end),
          })),
          rows,
          maxBytes: DEFAULT_LIMITS.maxBytes,
        },
        limits,
      )
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #explain(error: unknown): unknown {
    const [first] = this.#expressions
    if (first === undefined) return error
    if (error instanceof QueryFailure) {
      const expression = this.#expressions[error.reply.expression ?? 0] ?? first
      return explainExpression(error, expression, this.#names)
    }
    if (!(error instanceof SqlLimitError)) return error
    const words = { time: 'took too long', memory: 'took too much memory', size: 'is too large' }
    return new ExpressionError(first.column, `it ${words[error.limit]}, and was stopped`, {
      kind: 'stopped',
      hint: 'Nothing was written. Change fewer records at a time, or simplify the expression.',
      cause: error,
    })
  }
}

function checkColumn(name: string, { name: table, columns }: Table): void {
  if (columns.some((column) => column.name === name)) return
  const names = columns.map((column) => column.name)
  const near = nearest(name, names)
  throw new InvalidInputError(`the table "${table}" has no column "${name}"`, {
    field: `expressions.${name}`,
    hint:
      near === undefined
        ? `Its columns: ${names.slice(0, 20).join(', ')}.`
        : `Did you mean "${near}"?`,
  })
}

function tooMany(): InvalidInputError {
  return new InvalidInputError(`more than ${MAX_RECORDS} records would be computed at once`, {
    field: 'where',
    hint: 'Nothing was written. Narrow the selection.',
  })
}
