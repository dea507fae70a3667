/** Sums and counts of records, one row for each group. Pure. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { canonicalValue, type Table, type TableRecord } from '@chatlayer-tables/core'
import { columnOf, recordFieldOf } from '../../policy/check-where.ts'
import { ToolError } from '../../result/tool-error.ts'
import { Sum } from './decimal.ts'
import { isBeyond, isComparable, isOrderedType } from './value-order.ts'

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
  /** Undefined for a type that the API does not name. */
  readonly type: ColumnType | undefined
  /** The API's name of the type, else what the table declares. */
  readonly typeName: string
  readonly read: (record: TableRecord) => unknown
}

/** More groups than this are not a summary, and would fill the memory. */
const MAX_GROUPS = 50_000

/**
 * Reads `count`, `sum(price)` or `sum:price`.
 *
 * @throws ToolError
 */
export function parseAggregate(text: string, place: string): Aggregate {
  const [, name, bracketed, plain] = /^\s*(\w+)\s*(?:\((.*)\)|:(.*))?\s*$/s.exec(text) ?? []
  const known = FUNCTIONS.find((one) => one === name?.toLowerCase())
  const said = (bracketed ?? plain)?.trim()
  const of = said === '' || said === '*' ? undefined : said
  if (known === undefined || (of === undefined && known !== 'count')) {
    throw new ToolError('INVALID_ARGUMENTS', `There is no aggregate ${JSON.stringify(text)}.`, {
      field: place,
      hint: 'Write count, or count(column), distinct(column), sum(column), avg(column), min(column), max(column).',
    })
  }
  return { label: of === undefined ? known : `${known}(${of})`, name: known, of }
}

/** Distinct values that are kept in all groups together, which takes some 100 megabytes. */
const MAX_DISTINCT = 500_000

/** Takes records one by one and gives the groups. */
export class Aggregation {
  readonly #table: Table
  readonly #by: readonly Subject[]
  readonly #aggregates: readonly {
    readonly aggregate: Aggregate
    readonly subject: Subject | undefined
  }[]
  #distinct = 0
  /** By aggregate: values left out of it, since they are not of their column's type. */
  readonly #omitted: number[]
  readonly #groups = new Map<string, { readonly by: readonly unknown[]; readonly sums: Tally[] }>()

  /** @throws ToolError for an aggregate that the column's type has not */
  constructor(table: Table, groupBy: readonly string[], aggregates: readonly Aggregate[]) {
    this.#table = table
    this.#by = groupBy.map((name) => subjectOf(name, table))
    this.#aggregates = aggregates.map((aggregate, index) => {
      const subject = aggregate.of === undefined ? undefined : subjectOf(aggregate.of, table)
      if (subject !== undefined) checkType(aggregate, subject, `aggregate[${index}]`)
      return { aggregate, subject }
    })
    this.#omitted = aggregates.map(() => 0)
    // Without groups there is one row, also for no records at all.
    if (groupBy.length === 0) this.#groups.set('[]', { by: [], sums: this.#tallies() })
  }

  /** @throws ToolError when there are too many groups, or different values */
  add(record: TableRecord): void {
    const by = this.#by.map(({ read }) => read(record))
    const key = JSON.stringify(by.map((value, i) => this.#canonical(value, this.#by[i])))
    let group = this.#groups.get(key)
    if (group === undefined) {
      if (this.#groups.size >= MAX_GROUPS) {
        throw new ToolError('TOO_MANY_GROUPS', `There are more than ${MAX_GROUPS} groups.`, {
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
      const effect = group.sums[index]?.add(value, canonical)
      if (effect === 'kept') this.#distinct++
      if (effect === 'omitted') this.#omitted[index] = (this.#omitted[index] ?? 0) + 1
    }
    if (this.#distinct <= MAX_DISTINCT) return
    throw new ToolError('TOO_MANY_VALUES', `There are over ${MAX_DISTINCT} different values.`, {
      field: 'aggregate',
      hint: 'Narrow the records down with where.',
    })
  }

  /** All groups, in the order in which they came. */
  rows(): unknown[][] {
    return [...this.#groups.values()].map(({ by, sums }) => [...by, ...sums.map((s) => s.result())])
  }

  /** A notice when values were left out of an aggregate; undefined when none were. */
  remark(): string | undefined {
    const counts = this.#aggregates.flatMap(({ aggregate }, index) => {
      const count = this.#omitted[index] ?? 0
      return count === 0 ? [] : [`${count} in ${aggregate.label}`]
    })
    if (counts.length === 0) return undefined
    return `Values that are not of their column's type are omitted: ${counts.join(', ')}.`
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

/** What a value did to a tally: nothing to report, one more value kept, or left out of the result. */
type Effect = 'counted' | 'kept' | 'omitted'

/** One aggregate of one group. Nulls count for nothing but a bare count. */
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

/** As a number where a double holds it. */
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
    throw new ToolError('INVALID_INPUT', `${label}: ${name} is for int and numeric columns.`, {
      field: place,
      hint: `The column is of type ${typeName}; count, distinct, min and max may suit it.`,
    })
  }
  if ((name === 'min' || name === 'max') && !isOrderedType(type)) {
    throw new ToolError('INVALID_INPUT', `${label}: values of type ${typeName} have no order.`, {
      field: place,
    })
  }
}
