/** Sums and counts of records, one row for each group. Pure. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { canonicalValue, type Table, type TableRecord } from '@chatlayer-tables/core'
import { ToolFailure } from '../../answer/failure.ts'
import { columnOf, recordFieldOf } from '../policy/check-where.ts'
import { canonicalNumber, compareNumbers, Sum } from './decimal.ts'
import { compareValues, isOrdered } from './order.ts'

const FUNCTIONS = ['count', 'distinct', 'sum', 'avg', 'min', 'max'] as const
type FunctionName = (typeof FUNCTIONS)[number]

/** One aggregate of an answer. */
export interface Aggregate {
  /** As the caller wrote it: the name of its column in the answer. */
  readonly label: string
  readonly name: FunctionName
  /** The column it is of, as the caller wrote it; undefined for a bare count. */
  readonly of: string | undefined
}

/** A column, or a field of the record, that groups or is summed up. */
interface Subject {
  readonly name: string
  readonly type: string
  readonly read: (record: TableRecord) => unknown
}

/** More groups than this are no summary, and would fill the memory. */
const MOST_GROUPS = 50_000

/**
 * Reads `count`, `sum(price)` or `sum:price`.
 *
 * @throws ToolFailure
 */
export function parseAggregate(text: string, place: string): Aggregate {
  const [, name, bracketed, plain] = /^\s*(\w+)\s*(?:\((.*)\)|:(.*))?\s*$/s.exec(text) ?? []
  const known = FUNCTIONS.find((one) => one === name?.toLowerCase())
  const said = (bracketed ?? plain)?.trim()
  const of = said === '' || said === '*' ? undefined : said
  if (known === undefined || (of === undefined && known !== 'count')) {
    throw new ToolFailure('INVALID_ARGUMENTS', `There is no aggregate ${JSON.stringify(text)}.`, {
      field: place,
      hint: 'Write count, or count(column), distinct(column), sum(column), avg(column), min(column), max(column).',
    })
  }
  return { label: of === undefined ? known : `${known}(${of})`, name: known, of }
}

/** So many different values are told apart in all, which takes some 100 megabytes. */
const MOST_DISTINCT = 500_000

/** Takes records one by one and gives the groups. */
export class Aggregation {
  readonly #table: Table
  readonly #by: readonly Subject[]
  readonly #aggregates: readonly {
    readonly aggregate: Aggregate
    readonly subject: Subject | undefined
  }[]
  #distinct = 0
  readonly #groups = new Map<string, { readonly by: readonly unknown[]; readonly sums: Tally[] }>()

  /** @throws ToolFailure for an aggregate that the column's type has not */
  constructor(table: Table, groupBy: readonly string[], aggregates: readonly Aggregate[]) {
    this.#table = table
    this.#by = groupBy.map((name) => subjectOf(name, table))
    this.#aggregates = aggregates.map((aggregate, index) => {
      const subject = aggregate.of === undefined ? undefined : subjectOf(aggregate.of, table)
      if (subject !== undefined) checkType(aggregate, subject, `aggregate[${index}]`)
      return { aggregate, subject }
    })
    // Without groups there is one row, also for no records at all.
    if (groupBy.length === 0) this.#groups.set('[]', { by: [], sums: this.#tallies() })
  }

  /** @throws ToolFailure when there are too many groups, or different values */
  add(record: TableRecord): void {
    const by = this.#by.map(({ read }) => read(record))
    const key = JSON.stringify(by.map((value, i) => this.#canonical(value, this.#by[i])))
    let group = this.#groups.get(key)
    if (group === undefined) {
      if (this.#groups.size >= MOST_GROUPS) {
        throw new ToolFailure('TOO_MANY_GROUPS', `There are more than ${MOST_GROUPS} groups.`, {
          field: 'group_by',
          hint: 'Group by fewer columns, or narrow the records down with where.',
        })
      }
      group = { by, sums: this.#tallies() }
      this.#groups.set(key, group)
    }
    for (const [index, { subject }] of this.#aggregates.entries()) {
      const value = subject?.read(record)
      const canonical = subject === undefined ? undefined : () => this.#canonical(value, subject)
      if (group.sums[index]?.add(value, canonical)) this.#distinct++
    }
    if (this.#distinct <= MOST_DISTINCT) return
    throw new ToolFailure('TOO_MANY_VALUES', `There are over ${MOST_DISTINCT} different values.`, {
      field: 'aggregate',
      hint: 'Narrow the records down with where.',
    })
  }

  /** All groups, in the order in which they came. */
  rows(): unknown[][] {
    return [...this.#groups.values()].map(({ by, sums }) => [...by, ...sums.map((s) => s.result())])
  }

  /** Types of the columns of {@link rows}, for sorting. */
  types(): string[] {
    const aggregated = this.#aggregates.map(({ aggregate: { name }, subject }) =>
      (name === 'min' || name === 'max') && subject !== undefined ? subject.type : 'numeric',
    )
    return [...this.#by.map(({ type }) => type), ...aggregated]
  }

  #tallies(): Tally[] {
    return this.#aggregates.map(({ aggregate, subject }) => new Tally(aggregate.name, subject))
  }

  #canonical(value: unknown, subject: Subject | undefined): string | null {
    if (value === null || value === undefined) return null
    if (subject?.type === 'numeric' || subject?.type === 'int') return canonicalNumber(value)
    const column = columnOf(subject?.name ?? '')
    return recordFieldOf(subject?.name ?? '') === undefined
      ? canonicalValue(value, column, this.#table)
      : String(value)
  }
}

/** One aggregate of one group. Nulls count for nothing but a bare count. */
class Tally {
  readonly #name: FunctionName
  readonly #type: string
  readonly #isBare: boolean
  readonly #sum = new Sum()
  readonly #seen = new Set<string | null>()
  #count = 0
  #extreme: unknown = null

  constructor(name: FunctionName, subject: Subject | undefined) {
    this.#name = name
    this.#type = subject?.type ?? 'text'
    this.#isBare = subject === undefined
  }

  /** @returns whether it keeps one more value */
  add(value: unknown, canonical: (() => string | null) | undefined): boolean {
    if (!this.#isBare && (value === null || value === undefined)) return false
    this.#count++
    switch (this.#name) {
      case 'count':
        return false
      case 'distinct': {
        const before = this.#seen.size
        return this.#seen.add(canonical?.() ?? null).size > before
      }
      case 'sum':
      case 'avg':
        this.#sum.add(value)
        return false
      default: {
        const order = this.#extreme === null ? 0 : compareValues(value, this.#extreme, this.#type)
        const isBetter = this.#name === 'min' ? order < 0 : order > 0
        if (this.#extreme === null || isBetter) this.#extreme = value
        return false
      }
    }
  }

  result(): unknown {
    switch (this.#name) {
      case 'count':
        return this.#count
      case 'distinct':
        return this.#seen.size
      case 'sum':
        return this.#type === 'int' ? integer(this.#sum.total()) : this.#sum.total()
      case 'avg':
        return this.#sum.mean()
      default:
        return this.#extreme
    }
  }
}

/** As a number where a double holds it. */
function integer(text: string | null): number | string | null {
  return text !== null && Number.isSafeInteger(Number(text)) ? Number(text) : text
}

function subjectOf(name: string, table: Table): Subject {
  const field = recordFieldOf(name)
  if (field !== undefined) {
    const type = field === 'id' ? 'text' : 'timestamp'
    return { name, type, read: (record) => record[field] || null }
  }
  const column = columnOf(name)
  const declared = table.columns.find((one) => one.name === column)?.type ?? ''
  return {
    name,
    type: columnTypeOf(declared) ?? declared,
    read: ({ values }) => (Object.hasOwn(values, column) ? (values[column] ?? null) : null),
  }
}

function checkType({ name, label }: Aggregate, { type }: Subject, place: string): void {
  const isNumber = type === 'int' || type === 'numeric'
  if ((name === 'sum' || name === 'avg') && !isNumber) {
    throw new ToolFailure('INVALID_INPUT', `${label}: ${name} is for int and numeric columns.`, {
      field: place,
      hint: `The column is of type ${type}; count, distinct, min and max may suit it.`,
    })
  }
  if ((name === 'min' || name === 'max') && !isOrdered(type)) {
    throw new ToolFailure('INVALID_INPUT', `${label}: values of type ${type} have no order.`, {
      field: place,
    })
  }
}

/** Compares two cells of one column, null above everything, as PostgreSQL sorts it. */
export function compareCells(a: unknown, b: unknown, type: string): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return type === 'numeric' ? compareNumbers(a, b) : compareValues(a, b, type)
}
