/** Finds records that repeat a key, and the one of each key to keep. Pure. */
import { createHash } from 'node:crypto'
import { columnTypeOf, type RecordField } from '@chatlayer-tables/contract'
import {
  canonicalValue,
  compareValues,
  stringifyJson,
  type Table,
  type TableRecord,
  type Value,
} from '@chatlayer-tables/core'
import type { Field } from '../../where.ts'

export interface KeepRule {
  readonly keep: 'newest' | 'oldest' | 'first'
  readonly by: Field
}

/** What is held of a record. */
export interface Found {
  readonly id: string
  /** Digest of all values. */
  readonly digest: string
  readonly rank: Value
  readonly order: number
}

export interface DuplicateGroup {
  readonly keep: Found
  readonly others: readonly Found[]
}

export class DuplicateFinder {
  readonly #table: Table
  readonly #key: readonly string[]
  readonly #rule: KeepRule
  readonly #groups = new Map<string, Found | Found[]>()
  #read = 0
  #keyless = 0

  constructor(table: Table, key: readonly string[], rule: KeepRule) {
    this.#table = table
    this.#key = key
    this.#rule = rule
  }

  /** Number of records without a value in a key column. */
  get keyless(): number {
    return this.#keyless
  }

  get read(): number {
    return this.#read
  }

  add(record: TableRecord): void {
    const order = this.#read++
    const parts = this.#key.map((name) => record.values[name] ?? null)
    if (parts.includes(null)) {
      this.#keyless += 1
      return
    }
    const key = digestOf(parts.map((value, index) => this.#text(value, this.#key[index] ?? '')))
    const found = {
      id: record.id,
      digest: digestRecord(record, this.#table),
      rank: this.#rank(record),
      order,
    }
    const earlier = this.#groups.get(key)
    if (earlier === undefined) this.#groups.set(key, found)
    else if (Array.isArray(earlier)) earlier.push(found)
    else this.#groups.set(key, [earlier, found])
  }

  /** The keys that several records have, in the order of the table. */
  groups(): DuplicateGroup[] {
    return [...this.#groups.values()].flatMap((all) => {
      if (!Array.isArray(all)) return []
      const keep = all.reduce((best, each) => (this.#isBetter(each, best) ? each : best))
      return [{ keep, others: all.filter((each) => each !== keep) }]
    })
  }

  #text(value: Value, name: string): string {
    return canonicalValue(value, name, this.#table) ?? ''
  }

  #rank({ values, ...record }: TableRecord): Value {
    const { keep, by } = this.#rule
    if (keep === 'first') return null
    return 'meta' in by ? record[by.meta] || null : (values[by.column] ?? null)
  }

  /** @param each comes after `best` in the table */
  #isBetter(each: Found, best: Found): boolean {
    const { keep } = this.#rule
    if (keep === 'first') return false
    if (each.rank === null || best.rank === null) {
      if (each.rank !== best.rank) return best.rank === null
      return keep === 'newest'
    }
    const compared = compareValues(each.rank, best.rank, this.#rankType()) ?? 0
    return keep === 'newest' ? compared >= 0 : compared < 0
  }

  #rankType() {
    const { by } = this.#rule
    if ('meta' in by) return by.meta === 'id' ? 'uuid' : 'timestamp'
    return columnTypeOf(this.#table.columns.find(({ name }) => name === by.column)?.type ?? '')
  }
}

/** The same for records with equal values. */
export function digestRecord({ values }: Pick<TableRecord, 'values'>, table: Table): string {
  return digestOf(
    table.columns.map(({ name }) => canonicalValue(values[name] ?? null, name, table)),
  )
}

function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(stringifyJson(parts)).digest('base64').slice(0, 24)
}

/** Fields that records can be ordered by without a column. */
export const DEFAULT_BY: { readonly meta: RecordField } = { meta: 'createdAt' }
