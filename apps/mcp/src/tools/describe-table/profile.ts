/** Figures of a table's columns: fill rate, distinct values, range, examples. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { canonicalValue, type Table, type TableRecord } from '@chatlayer-tables/core'
import { shortCell } from '../../result/cells.ts'
import { isBeyond, isOrderedType } from '../query-records/value-order.ts'

/** The figures of a large table are based on this many first records. */
export const MAX_PROFILED = 10_000

/** Distinct values counted per column at most. */
const MAX_DISTINCT = 1_000
const EXAMPLES = 3
const EXAMPLE_LENGTH = 60

export interface ColumnFigures {
  /** Share of the records with a value, 0 to 1. */
  readonly filled: number
  readonly distinct: number
  /** False if there may be more than `distinct`. */
  readonly distinct_is_exact: boolean
  readonly min?: unknown
  readonly max?: unknown
  readonly examples: unknown[]
}

interface Seen {
  readonly type: ColumnType | undefined
  filled: number
  readonly values: Map<string | null, { readonly value: unknown; count: number }>
  isFull: boolean
  min: unknown
  max: unknown
}

export class Profile {
  records = 0
  readonly #table: Table
  readonly #columns: ReadonlyMap<string, Seen>

  constructor(columns: Table['columns'], table: Table) {
    this.#table = table
    this.#columns = new Map(
      columns.map(({ name, type }) => [
        name,
        {
          type: columnTypeOf(type),
          filled: 0,
          values: new Map(),
          isFull: false,
          min: undefined,
          max: undefined,
        },
      ]),
    )
  }

  add({ values }: TableRecord): void {
    this.records++
    for (const [name, seen] of this.#columns) {
      const value = Object.hasOwn(values, name) ? values[name] : null
      if (value !== null && value !== undefined) this.#see(name, seen, value)
    }
  }

  #see(name: string, seen: Seen, value: unknown): void {
    seen.filled++
    const canonical = canonicalValue(value, name, this.#table)
    const known = seen.values.get(canonical)
    if (known !== undefined) known.count++
    else if (seen.values.size < MAX_DISTINCT) {
      seen.values.set(canonical, { value: short(value), count: 1 })
    } else seen.isFull = true
    if (!isOrderedType(seen.type)) return
    if (isBeyond(value, seen.min, seen.type, -1)) seen.min = value
    if (isBeyond(value, seen.max, seen.type, 1)) seen.max = value
  }

  /** The records with a value, and the most frequent values with the number of records that have them. */
  countsOf(name: string, length: number) {
    const { filled = 0, values, isFull = false } = this.#columns.get(name) ?? {}
    const counted = [...(values?.values() ?? [])].sort((a, b) => b.count - a.count)
    return { filled, distinct: counted.length, isExact: !isFull, top: counted.slice(0, length) }
  }

  of(name: string): ColumnFigures | undefined {
    const seen = this.#columns.get(name)
    if (seen === undefined) return undefined
    const { filled, values, isFull, min, max } = seen
    const frequent = [...values.values()].sort((a, b) => b.count - a.count).slice(0, EXAMPLES)
    return {
      filled: this.records === 0 ? 0 : Math.round((filled / this.records) * 1_000) / 1_000,
      distinct: values.size,
      distinct_is_exact: !isFull,
      ...(min === undefined ? {} : { min: short(min), max: short(max) }),
      examples: frequent.map(({ value }) => value),
    }
  }
}

function short(value: unknown): unknown {
  return shortCell(value, EXAMPLE_LENGTH).value
}
