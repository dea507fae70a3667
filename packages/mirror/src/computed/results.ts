/** Collects the new values of records, and the problems. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import {
  canonicalValue,
  type Table,
  type TableRecord,
  type UpdateById,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import { type ComputedProblem, ComputedValueError } from '../errors.ts'
import type { ShapeColumn } from '../shape.ts'
import type { ComputedCell } from '../sql/protocol.ts'
import type { SqlValue } from '../values.ts'
import type { Expression } from './expression.ts'
import { type FromSql, fromSql } from './from-sql.ts'

/** Problems that an error lists. */
const MAX_PROBLEMS = 10

/** The changes that expressions make. */
export interface ComputedUpdates {
  /** The number of records, including unchanged ones. */
  readonly matched: number
  /** The records that change, each with its new values and the values that it had. */
  readonly changes: readonly (UpdateById & { readonly before: Values })[]
}

/** A record, and its cells for SQLite. */
export interface Loaded {
  readonly record: TableRecord
  readonly columns: readonly ShapeColumn[]
  readonly cells: readonly SqlValue[]
  readonly bytes: number
  /** A column that the expressions read, with a value that SQLite cannot store exactly. */
  readonly rounded: string | undefined
}

export class Results {
  readonly #table: Table
  readonly #set: Values
  readonly #targets: readonly {
    readonly column: string
    readonly type: ColumnType | undefined
  }[]
  readonly #changes: (UpdateById & { readonly before: Values })[] = []
  readonly #problems: ComputedProblem[] = []
  #failed = 0

  constructor(table: Table, set: Values, expressions: readonly Expression[]) {
    this.#table = table
    this.#set = set
    this.#targets = expressions.map(({ column }) => {
      const declared = table.columns.find(({ name }) => name === column)?.type
      return { column, type: declared === undefined ? undefined : columnTypeOf(declared) }
    })
  }

  add({ record, columns, cells, rounded }: Loaded, results: readonly ComputedCell[]): void {
    const { id, values } = record
    const set: Values = {}
    for (const [column, value] of Object.entries(this.#set)) {
      if (this.#isNew(column, value, values)) setOwn(set, column, value)
    }
    const problems: ComputedProblem[] = []
    for (const [index, { column, type }] of this.#targets.entries()) {
      const result = results[index]
      if (result === undefined) continue
      const held = columns.findIndex(({ source }) => source === column)
      // A value that did not change is not converted: it may be an odd one of the gateway.
      if ('value' in result && held >= 0 && isSame(result.value, cells[held] ?? null)) continue
      const read = rounded === undefined ? resultOf(result, type) : inexact(rounded)
      if ('reason' in read) problems.push({ id, column, reason: read.reason })
      else if (this.#isNew(column, read.value, values)) setOwn(set, column, read.value)
    }
    if (problems.length > 0) {
      this.#failed += 1
      this.#problems.push(...problems.slice(0, MAX_PROBLEMS - this.#problems.length))
    } else if (Object.keys(set).length > 0) {
      this.#changes.push({ id, set, before: values })
    }
  }

  #isNew(column: string, value: Value, values: Values): boolean {
    const held = Object.hasOwn(values, column) ? values[column] : null
    return canonicalValue(value, column, this.#table) !== canonicalValue(held, column, this.#table)
  }

  /** @throws ComputedValueError */
  finish(): ComputedUpdates['changes'] {
    if (this.#failed > 0) throw new ComputedValueError(this.#problems, this.#failed)
    return this.#changes
  }
}

function resultOf(result: ComputedCell, type: ColumnType | undefined): FromSql {
  return 'reason' in result ? result : fromSql(result.value, type)
}

function isSame(a: SqlValue, b: SqlValue): boolean {
  if (typeof a === 'string' || typeof b === 'string' || a === null || b === null) return a === b
  // biome-ignore lint/suspicious/noDoubleEquals: an integer may be a number or a bigint
  return a == b
}

/** A column may be named `__proto__`. */
function setOwn(values: Values, column: string, value: Value): void {
  Object.defineProperty(values, column, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

/** A value for which a column was read that SQLite does not store exactly. */
export function inexact(column: string): FromSql {
  return {
    reason: `reads "${column}", whose value has more digits than SQLite's numbers keep`,
  }
}
