/** Profile of the values of one column. Pure. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import {
  type Column,
  canonicalValue,
  compareValues,
  stringifyJson,
  type Table,
  type Value,
} from '@chatlayer-tables/core'
import { Frequencies, type Frequency } from './frequencies.ts'
import { type NumberFacts, NumberProfile } from './number-profile.ts'
import { type Suspect, Tally } from './suspects.ts'
import { MAX_EXAMPLE_LENGTH, TextProfile } from './text-profile.ts'

export interface ColumnFacts extends Partial<NumberFacts> {
  readonly name: string
  /** Known type, or the declared type if it is unknown. */
  readonly type: string
  /** Number of records with a value. */
  readonly filled: number
  readonly nulls: number
  /** Number of different values; an estimate unless `distinctIsExact`. */
  readonly distinct: number
  readonly distinctIsExact: boolean
  /** Least and greatest number or date, as text. */
  readonly min?: string
  readonly max?: string
  /** Text lengths in characters. */
  readonly minLength?: number
  readonly maxLength?: number
  /** What all or nearly all texts look like. */
  readonly looksLike?: 'numbers' | 'dates'
  /** Most frequent values first; counts are lower bounds unless `distinctIsExact`. */
  readonly frequent: readonly Frequency<string>[]
  readonly suspects: readonly Suspect[]
}

/** Types that are suitable for key columns. */
const KEYS: ReadonlySet<ColumnType | undefined> = new Set(['text', 'int', 'uuid'])
const RANGED: ReadonlySet<ColumnType | undefined> = new Set(['int', 'numeric', 'timestamp'])

export class ColumnProfile {
  readonly #column: Column
  readonly #table: Table
  readonly #type: ColumnType | undefined
  readonly #frequencies = new Frequencies<string>()
  readonly #texts = new TextProfile()
  readonly #numbers: NumberProfile
  readonly #odd = new Tally('not-of-type')
  readonly #oddDates = new Tally('odd-date')
  #filled = 0
  #nulls = 0
  #min: NonNullValue | undefined
  #max: NonNullValue | undefined

  constructor(column: Column, table: Table) {
    this.#column = column
    this.#table = table
    this.#type = columnTypeOf(column.type)
    this.#numbers = new NumberProfile(this.#type)
  }

  /** @param id record ID, for examples */
  add(value: Value | undefined, id: string): void {
    if (value === null || value === undefined) {
      this.#nulls += 1
      return
    }
    this.#filled += 1
    if (this.#type === 'text' && typeof value === 'string') {
      this.#frequencies.add(value, () => shown(value))
      this.#texts.add(value, id, shown(value))
      return
    }
    const canonical = canonicalValue(value, this.#column.name, this.#table) ?? ''
    this.#frequencies.add(canonical, () => shown(value))
    if (!this.#fits(value)) this.#odd.add({ id, value: shown(value) })
    else if (RANGED.has(this.#type)) this.#range(value, id)
  }

  /** Whether a value has the column's type. Any value is valid JSON. */
  #fits(value: NonNullValue): boolean {
    return this.#type === 'jsonb' || compareValues(value, value, this.#type) !== undefined
  }

  #isBelow(a: NonNullValue, b: NonNullValue): boolean {
    return (compareValues(a, b, this.#type) ?? 0) < 0
  }

  #range(value: NonNullValue, id: string): void {
    this.#numbers.add(value)
    if (this.#min === undefined || this.#isBelow(value, this.#min)) this.#min = value
    if (this.#max === undefined || this.#isBelow(this.#max, value)) this.#max = value
    if (this.#type !== 'timestamp') return
    const year = Number(/^(\d{4})-/.exec(String(value))?.[1])
    if (!(year >= 1900 && year <= 2100)) this.#oddDates.add({ id, value: shown(value) })
  }

  /** @param top number of most frequent values */
  facts(top: number): ColumnFacts {
    const { name, type } = this.#column
    const lengths = this.#texts.lengths.range
    const { looksLike } = this.#texts
    return {
      name,
      type: this.#type ?? type,
      filled: this.#filled,
      nulls: this.#nulls,
      distinct: Math.min(this.#frequencies.distinct, this.#filled),
      distinctIsExact: this.#frequencies.isExact,
      ...(this.#min !== undefined && { min: shown(this.#min) }),
      ...(this.#max !== undefined && { max: shown(this.#max) }),
      ...this.#numbers.facts,
      ...(lengths !== undefined && { minLength: lengths[0], maxLength: lengths[1] }),
      ...(looksLike !== undefined && { looksLike }),
      // If rare values were dropped, a count of one is meaningless.
      frequent: this.#frequencies
        .top(top)
        .filter(({ count }) => this.#frequencies.isExact || count > 1),
      suspects: [
        ...this.#odd.found,
        ...this.#texts.suspects(this.#frequencies),
        ...this.#repeated(),
        ...this.#oddDates.found,
      ],
    }
  }

  /** Duplicate values in a column that is nearly unique, and may be meant as a key. */
  #repeated(): Suspect[] {
    const { isExact, distinct } = this.#frequencies
    const isNearlyUnique =
      isExact && this.#filled >= 20 && distinct < this.#filled && distinct >= 0.98 * this.#filled
    if (!isNearlyUnique || !KEYS.has(this.#type)) return []
    const tally = new Tally('nearly-unique')
    for (const { value, count } of this.#frequencies.top(distinct)) {
      if (count > 1) tally.add({ value: `${value} (${count})` })
    }
    return tally.found
  }
}

type NonNullValue = Exclude<Value, null>

function shown(value: NonNullValue): string {
  const text =
    typeof value === 'object' && !(value instanceof Date) ? stringifyJson(value) : String(value)
  if (text.length <= MAX_EXAMPLE_LENGTH) return text
  // Do not cut a surrogate pair.
  return `${text.slice(0, MAX_EXAMPLE_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
