/** New values computed by SQL expressions over rows that are not records yet, such as those of a file. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Value } from '@chatlayer-tables/core'
import { ExpressionError, SqlLimitError } from '../errors.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { OWN_PREFIX, quoteName, sqlNames } from '../names.ts'
import { declaredType } from '../shape.ts'
import { type Engine, QueryFailure } from '../sql/engine.ts'
import { suspectsOf } from '../sql/messages.ts'
import { RECORD_TABLE } from '../sql/protocol.ts'
import { type SqlValue, toSql } from '../values.ts'
import { type Expression, explainExpression, parseExpression } from './expression.ts'
import { type FromSql, fromSql } from './from-sql.ts'
import { inexact } from './results.ts'

/** A column of the rows. A value that is not of the type is taken as it is. */
export interface RowColumn {
  readonly name: string
  /** Undefined for values of any type. */
  readonly type: ColumnType | undefined
}

export interface RowExpression {
  /** The column that the expression is for. */
  readonly column: string
  readonly text: string
  /** The type of its values; undefined for whatever SQLite gives. */
  readonly type: ColumnType | undefined
}

export interface RowCalculationOptions {
  /** The name by which expressions can refer to the row. */
  readonly name: string
  readonly columns: readonly RowColumn[]
  readonly expressions: readonly RowExpression[]
  /** Time for one call of `compute`, in milliseconds (default: 30,000). */
  readonly timeMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Computes over rows, each by itself; as many as there are, a batch at a time. */
export class RowCalculation {
  readonly #engine: Engine
  readonly #options: RowCalculationOptions
  readonly #expressions: readonly Expression[]
  /** Names in SQL, in the order of the columns. */
  readonly #names: readonly string[]
  #reads: readonly string[] = []

  /** @internal */
  constructor(engine: Engine, options: RowCalculationOptions) {
    this.#engine = engine
    this.#options = options
    this.#names = sqlNames(options.columns.map(({ name }) => name))
    this.#expressions = options.expressions.map(({ column, text }) => parseExpression(column, text))
  }

  /** @internal */
  async check(): Promise<void> {
    const { reads } = await this.#evaluate([])
    this.#reads = reads
  }

  /** Names of the columns that the expressions read. */
  get reads(): string[] {
    return this.#options.columns.flatMap(({ name }, index) =>
      this.#reads.includes(this.#names[index] ?? '') ? [name] : [],
    )
  }

  /**
   * Computes the values of some rows, in the order of the expressions.
   *
   * @param rows values in the order of the columns
   * @throws ExpressionError at a limit
   */
  async compute(rows: readonly (readonly Value[])[]): Promise<FromSql[][]> {
    const rounded: (string | undefined)[] = []
    const cells = rows.map((row) => {
      let found: string | undefined
      const values = this.#options.columns.map(({ name, type }, index) => {
        const cell = toSql(row[index] ?? null, type)
        if (cell.rounded && this.#reads.includes(this.#names[index] ?? '')) found ??= name
        return wholeAsInteger(cell.value)
      })
      rounded.push(found)
      return [...values, 0]
    })
    const { rows: computed } = await this.#evaluate(cells)
    return computed.map((results, row) => {
      const lost = rounded[row]
      return this.#options.expressions.map(({ type }, index): FromSql => {
        const result = results[index]
        if (lost !== undefined) return inexact(lost)
        if (result === undefined || 'reason' in result) return result ?? { reason: 'gives nothing' }
        return fromSql(result.value, type)
      })
    })
  }

  async #evaluate(rows: readonly (readonly SqlValue[])[]) {
    const { name, columns, signal, timeMs = DEFAULT_LIMITS.timeMs } = this.#options
    const declared = columns.map(({ type }, index) => {
      const column = quoteName(this.#names[index] ?? '')
      return type === undefined ? column : `${column} ${declaredType({ type, masked: false })}`
    })
    const key = quoteName(`${OWN_PREFIX}_n`)
    const create = `CREATE TABLE main.${quoteName(RECORD_TABLE)} (${[...declared, `${key} INT PRIMARY KEY`].join(', ')}) WITHOUT ROWID`
    try {
      return await this.#engine.compute(
        {
          ...{ kind: 'compute', alias: name, create, rows, maxBytes: DEFAULT_LIMITS.maxBytes },
          expressions: this.#expressions.map(({ text, tokens }) => ({
            text,
            ends: suspectsOf(tokens).map(({ end }) => end),
          })),
        },
        { timeMs, signal },
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
      const { name } = this.#options
      return explainExpression(error, expression, { table: name, columns: this.#names, masked: [] })
    }
    if (!(error instanceof SqlLimitError)) return error
    return new ExpressionError(first.column, `it was stopped: ${error.message}`, {
      kind: 'stopped',
      hint: 'Nothing was written. Simplify the expression.',
      cause: error,
    })
  }
}

/** SQLite would take a whole number for a double, and print it as 7.0. */
function wholeAsInteger(value: SqlValue): SqlValue {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}
