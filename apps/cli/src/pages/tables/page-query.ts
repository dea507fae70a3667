/** Filters, search and order of a page as conditions of the client. Pure. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { compareValues, type Table, type TableRecord, type Where } from '@chatlayer-tables/core'
import type { RecordFilter, RecordsParams } from '@chatlayer-tables/views'
import { UsageError } from '../../failures.ts'
import { fieldInQuery, RECORD_FIELDS } from '../../where.ts'

/** The filters of a page; undefined if there are none. They mean what they mean in `--where`. */
export function whereOf(filters: readonly RecordFilter[], table: Table): Where | undefined {
  const all = filters.map((filter) => conditionOf(filter, table))
  return all.length > 1 ? { and: all } : all[0]
}

function conditionOf({ column, operator, value }: RecordFilter, table: Table): Where {
  const name = nameInQuery(column, table)
  switch (operator) {
    case 'empty':
      return { [name]: { isNull: true } }
    case 'filled':
      return { [name]: { isNull: false } }
    default:
      if (value === undefined) throw new UsageError(`the filter of "${column}" has no value`)
      return { [name]: { [COMPARISONS[operator]]: value } }
  }
}

const COMPARISONS = {
  equals: 'eq',
  differs: 'ne',
  contains: 'icontains',
  starts: 'istartsWith',
  more: 'gt',
  less: 'lt',
} as const

/** Records with the text in any column of text, or as their id; case is ignored. */
export function searchOf(text: string | undefined, table: Table): Where | undefined {
  const search = text?.trim() ?? ''
  if (search === '') return undefined
  const names = table.columns
    .filter(({ type }) => columnTypeOf(type) === 'text')
    .map(({ name }) => fieldInQuery({ column: name }))
  const id = UUID.test(search) ? [{ id: { eq: search } }] : []
  return { or: [...names.map((name) => ({ [name]: { icontains: search } })), ...id] }
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** A column of that name comes before a field of the record. */
function nameInQuery(name: string, table: Table): string {
  const meta = fieldOf(name, table)
  return meta ?? fieldInQuery({ column: name })
}

function fieldOf(name: string, { columns }: Table) {
  if (columns.some((column) => column.name === name)) return undefined
  const meta = RECORD_FIELDS.find((field) => field === name)
  if (meta === undefined) throw new UsageError(`the table has no column "${name}"`)
  return meta
}

/** Compares as the client sorts: nulls last in both directions, then by id. */
export function recordOrder(
  { column, descending }: NonNullable<RecordsParams['sort']>,
  table: Table,
): (a: TableRecord, b: TableRecord) => number {
  const meta = fieldOf(column, table)
  const declared = table.columns.find(({ name }) => name === column)?.type
  const metaType = meta === 'id' ? 'uuid' : 'timestamp'
  const type = meta === undefined ? columnTypeOf(declared ?? '') : metaType
  const read = (record: TableRecord): unknown =>
    meta === undefined ? record.values[column] : record[meta] || null
  return (a, b) => {
    const [left, right] = [read(a), read(b)]
    const [isNull, otherIsNull] = [left ?? null, right ?? null].map((value) => value === null)
    if (isNull || otherIsNull) return Number(isNull) - Number(otherIsNull) || byId(a, b)
    const order = compareQuickly(left, right, type)
    return (descending ? -order : order) || byId(a, b)
  }
}

/** Most pairs need no parsing: equal values, and times in the same form of UTC, which sort as text. */
function compareQuickly(a: unknown, b: unknown, type: ColumnType | undefined): number {
  if (a === b) return 0
  const areTimes = type === 'timestamp' && typeof a === 'string' && typeof b === 'string'
  if (areTimes && a.length === b.length && UTC.test(a) && UTC.test(b)) return a < b ? -1 : 1
  return compareValues(a, b, type) ?? 0
}

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/

function byId(a: TableRecord, b: TableRecord): number {
  return a.id < b.id ? -1 : Number(a.id > b.id)
}
