/** The filters of a view as a condition. Values are as the user typed them. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import type { FilterOperator } from '@chatlayer-tables/views'
import { columnOf, recordFieldOf } from '../policy/check-where.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'

type Condition = Readonly<Record<string, unknown>>

interface Filter {
  readonly column: string
  readonly operator: FilterOperator
  readonly value?: string | undefined
}

interface Wanted {
  readonly filters: readonly Filter[]
  /** A text that any text column must contain. */
  readonly search?: string | undefined
}

/** @returns a condition that the table still checks; undefined if every record is wanted */
export function conditionOf(
  { filters, search }: Wanted,
  table: GuardedTable,
): Condition | undefined {
  const conditions = [
    ...filters.map((filter) => filterCondition(filter, table)),
    ...(search ? [searchCondition(search, table)] : []),
  ]
  return conditions.length === 0 ? undefined : { and: conditions }
}

function filterCondition({ column, operator, value = '' }: Filter, table: GuardedTable) {
  const typed = typedValue(column, value, table)
  const name = keyOf(column)
  switch (operator) {
    case 'equals':
      return { [name]: { eq: typed } }
    case 'differs':
      return { not: { [name]: { eq: typed } } }
    case 'contains':
      return { [name]: { icontains: value } }
    case 'starts':
      return { [name]: { istartsWith: value } }
    case 'more':
      return { [name]: { gt: typed } }
    case 'less':
      return { [name]: { lt: typed } }
    case 'empty':
      return { or: blanksOf(column, table) }
    case 'filled':
      return { not: { or: blanksOf(column, table) } }
  }
}

/** Also a text of no characters looks empty. */
function blanksOf(column: string, table: GuardedTable): Condition[] {
  const isText = recordFieldOf(column) === undefined && typeOf(column, table) === 'text'
  const name = keyOf(column)
  return [{ [name]: { isNull: true } }, ...(isText ? [{ [name]: { eq: '' } }] : [])]
}

function searchCondition(search: string, { readable, definition }: GuardedTable): Condition {
  const texts = readable.filter(({ type }) => columnTypeOf(type) === 'text')
  // Without a text column nothing can contain the text.
  if (texts.length === 0) return { id: { in: [] } }
  const [first = definition.columns[0]] = texts
  return texts.length === 1 && first !== undefined
    ? { [keyOf(first.name)]: { icontains: search } }
    : { or: texts.map(({ name }) => ({ [keyOf(name)]: { icontains: search } })) }
}

/** The name as a condition writes it: in quotes, unless it is a field of the record itself. */
function keyOf(column: string): string {
  return recordFieldOf(column) === undefined ? `"${columnOf(column)}"` : column
}

function typeOf(column: string, { definition }: GuardedTable) {
  const found = definition.columns.find(({ name }) => name === columnOf(column))
  return columnTypeOf(found?.type ?? '')
}

/** A text as a value of its column; as it is if it is none, for the client to reject. */
function typedValue(column: string, text: string, table: GuardedTable): unknown {
  if (recordFieldOf(column) !== undefined) return text
  const plain = text.trim()
  switch (typeOf(column, table)) {
    case 'int':
      return /^-?\d+$/.test(plain) ? exactInteger(plain) : text
    case 'numeric':
      return /^-?\d+(?:\.\d+)?$/.test(plain) && String(Number(plain)) === plain
        ? Number(plain)
        : text
    case 'bool':
      return { true: true, false: false }[plain.toLowerCase()] ?? text
    default:
      return text
  }
}

function exactInteger(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}
