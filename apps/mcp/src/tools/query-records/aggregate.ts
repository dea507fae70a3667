/** Aggregates records into one row per group. Pure. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { canonicalValue, type Table, type TableRecord } from '@chatlayer-tables/core'
import { columnOf, recordFieldOf } from '../../policy/check-where.ts'
import { ToolError } from '../../result/tool-error.ts'
import { Sum } from './decimal.ts'
import { isBeyond, isComparable, isOrderedType } from './value-order.ts'

const FUNCTIONS = ['count', 'distinct', 'sum', 'avg', 'min', 'max'] as const
type FunctionName = (typeof FUNCTIONS)[number]

/** One aggregate of a query. */
export interface Aggregate {
  /** The name of its column in the result, such as `sum(price)`. */
  readonly label: string
  readonly name: FunctionName
  /** The aggregated column, as the caller wrote it; undefined for a bare count. */
  readonly of: string | undefined
}

/** A column, or a field of the record, that is grouped by or aggregated. */
interface Subject {
  readonly name: string
  /** Undefined for a type unknown to the API. */
  readonly type: ColumnType | undefined
  /** The API's name of the type, or the declared name. */
  readonly typeName: string
  readonly read: (record: TableRecord) => unknown
}

/** More groups are not a summary, and would need too much memory. */
const MAX_GROUPS = 50_000

/**
 * Reads `count`, `sum(price)` or `sum:price`.
 *
 * @throws ToolError
 */
export function parseAggregate(text: string, place: string): Aggregate {
  const [, name, bracketed, plain] = /^\s*(\w+)\s*(?:\((.*)\)|:(.*))?\s*$/s.exec(text) ?? []
  const known = FUNCTIONS.find((one) => one === name?.toLowerCase())
  const column = (bracketed ?? plain)?.trim()
  const of = column === '' || column === '*' ? undefined : column
  if (known === undefined || (of === undefined && known !== 'count')) {
    throw new ToolError('INVALID_ARGUMENTS', `Unknown aggregate ${JSON.stringify(text)}.`, {
      field: place,
      hint: 'Use count, count(column), distinct(column), sum(column), avg(column), min(column) or max(column).',
    })
  }
  return { label: of === undefined ? known : `${known}(${of})`, name: known, of }
}

/** Distinct values kept in all groups together; they take about 100 MB. */
const MAX_DISTINCT = 500_000

/** Collects records one by one and returns the groups. */
export class Aggregation {
  /** The number of records added. */
  records = 0
  readonly #table: Table
  readonly #by: readonly Subject[]
  readonly #aggregates: readonly {
    readonly aggregate: Aggregate
    readonly subject: Subject | undefined
  }[]
  #distinct = 0
  /** By aggregate: the number of omitted values, which do not match their column's type. */
  readonly #omitted: number[]
  readonly #groups = new Map<string, { readonly by: readonly unknown[]; readonly sums: Tally[] }>()

  /** @throws ToolError for an aggregate that the column's type does not support */
  constructor(table: Table, groupBy: readonly string[], aggregates: readonly Aggregate[]) {
    this.#table = table
    this.#by = groupBy.map((name) => subjectOf(name, table))
    this.#aggregates = aggregates.map((aggregate, index) => {
      const subject = aggregate.of === undefined ? undefined : subjectOf(aggregate.of, table)
      if (subject !== undefined) checkType(aggregate, subject, `aggregate[${index}]`)
      return { aggregate, subject }
    })
    this.#omitted = aggregates.map(() => 0)
    // Without group_by there is always one row, even without records.
    if (groupBy.length === 0) this.#groups.set('[]', { by: [], sums: this.#tallies() })
  }

  /** @throws ToolError for too many groups or distinct values */
  add(record: TableRecord): void {
    this.records++
    const by = this.#by.map(({ read }) => read(record))
    const key = JSON.stringify(by.map((value, i) => this.#canonical(value, this.#by[i])))
    let group = this.#groups.get(key)
    if (group === undefined) {
      if (this.#groups.size >= MAX_GROUPS) {
        throw new ToolError('TOO_MANY_GROUPS', `There are more than ${MAX_GROUPS} groups.`, {
          field: 'group_by',
          hint: 'Group by fewer columns, or select fewer records with where.',
        })
      }
      group = { by, sums: this.#tallies() }
      this.#groups.set(key, group)
    }
    for (const [index, { subject }] of this.#aggregates.entries()) {
      const value = subject?.read(record)
      const canonical = subject === undefined ? undefined : () => this.#canonical(value, subject)
      const effect = group.sums[index]?.add(value, canonical)
      if (effect === 'kept') this.#distinct++
      if (effect === 'omitted') this.#omitted[index] = (this.#omitted[index] ?? 0) + 1
    }
    if (this.#distinct <= MAX_DISTINCT) return
    throw new ToolError('TOO_MANY_VALUES', `There are more than ${MAX_DISTINCT} distinct values.`, {
      field: 'aggregate',
      hint: 'Select fewer records with where.',
    })
  }

  /** All groups, in the order of their first record. */
  rows(): unknown[][] {
    return [...this.#groups.values()].map(({ by, sums }) => [...by, ...sums.map((s) => s.result())])
  }

  /** A sentence about values omitted from aggregates; undefined if there are none. */
  remark(): string | undefined {
    const counts = this.#aggregates.flatMap(({ aggregate }, index) => {
      const count = this.#omitted[index] ?? 0
      return count === 0 ? [] : [`${count} in ${aggregate.label}`]
    })
    if (counts.length === 0) return undefined
    return `Values that do not match their column's type are omitted: ${counts.join(', ')}.`
  }

  /** Types of the columns of {@link rows}, for sorting. */
  types(): (ColumnType | undefined)[] {
    const aggregated = this.#aggregates.map(({ aggregate: { name }, subject }) =>
      name === 'min' || name === 'max' ? subject?.type : 'numeric',
    )
    return [...this.#by.map(({ type }) => type), ...aggregated]
  }

  #tallies(): Tally[] {
    return this.#aggregates.map(({ aggregate, subject }) => new Tally(aggregate.name, subject))
  }

  #canonical(value: unknown, subject: Subject | undefined): string | null {
    if (value === null || value === undefined) return null
    const column = columnOf(subject?.name ?? '')
    return recordFieldOf(subject?.name ?? '') === undefined
      ? canonicalValue(value, column, this.#table)
      : String(value)
  }
}

/** The effect of a value on a tally: counted, kept as one more distinct value, or omitted. */
type Effect = 'counted' | 'kept' | 'omitted'

/** One aggregate of one group. Only a bare count counts nulls. */
class Tally {
  readonly #name: FunctionName
  readonly #type: ColumnType | undefined
  readonly #isBare: boolean
  readonly #sum = new Sum()
  readonly #seen = new Set<string | null>()
  #count = 0
  #extreme: unknown

  constructor(name: FunctionName, subject: Subject | undefined) {
    this.#name = name
    this.#type = subject?.type
    this.#isBare = subject === undefined
  }

  add(value: unknown, canonical: (() => string | null) | undefined): Effect {
    if (!this.#isBare && (value === null || value === undefined)) return 'counted'
    this.#count++
    switch (this.#name) {
      case 'count':
        return 'counted'
      case 'distinct': {
        const before = this.#seen.size
        return this.#seen.add(canonical?.() ?? null).size > before ? 'kept' : 'counted'
      }
      case 'sum':
      case 'avg':
        return isComparable(value, this.#type) && this.#sum.add(value) ? 'counted' : 'omitted'
      default: {
        const sign = this.#name === 'min' ? -1 : 1
        const isNext = isBeyond(value, this.#extreme, this.#type, sign)
        if (isNext) this.#extreme = value
        return isNext === undefined ? 'omitted' : 'counted'
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
        return this.#extreme ?? null
    }
  }
}

/** A number if a double can hold it, otherwise text. */
function integer(text: string | null): number | string | null {
  return text !== null && Number.isSafeInteger(Number(text)) ? Number(text) : text
}

function subjectOf(name: string, table: Table): Subject {
  const field = recordFieldOf(name)
  if (field !== undefined) {
    const type = field === 'id' ? 'text' : 'timestamp'
    return { name, type, typeName: type, read: (record) => record[field] || null }
  }
  const column = columnOf(name)
  const declared = table.columns.find((one) => one.name === column)?.type ?? ''
  const type = columnTypeOf(declared)
  return {
    name,
    type,
    typeName: type ?? declared,
    read: ({ values }) => (Object.hasOwn(values, column) ? (values[column] ?? null) : null),
  }
}

function checkType({ name, label }: Aggregate, { type, typeName }: Subject, place: string): void {
  const isNumber = type === 'int' || type === 'numeric'
  if ((name === 'sum' || name === 'avg') && !isNumber) {
    throw new ToolError('INVALID_INPUT', `${label} requires an int or numeric column.`, {
      field: place,
      hint: `The column has type ${typeName}; use count, distinct, min or max.`,
    })
  }
  if ((name === 'min' || name === 'max') && !isOrderedType(type)) {
    throw new ToolError('INVALID_INPUT', `${label}: values of type ${typeName} have no order.`, {
      field: place,
    })
  }
}
