/** The columns and values that a filter of the wire can express. */
import {
  type ColumnType,
  type Dialect,
  type FilterColumn,
  RECORD_FIELDS,
  recordFieldColumn,
  type Table,
} from '@chatlayer-tables/contract'
import { holdsNul, readsAsNull } from '../values/encode.ts'
import { columnsOf } from '../values/table-shape.ts'
import { canonicalUuid } from '../values/uuid.ts'
import type { Subject } from './condition.ts'

/** Values in the list of one filter. */
export const MAX_LIST = 200

/**
 * The column of a filter for a subject; undefined where there is none. The client itself tests
 * columns of an unknown type; jsonb, since the gateway may compare it as text; and, where a column
 * has the wire's name of a field of the record, both of them.
 */
export function filterColumn(
  subject: Subject,
  table: Table,
  dialect: Dialect,
): FilterColumn | undefined {
  if (subject.kind === 'record') {
    const column = recordFieldColumn(subject.field, dialect)
    return column === undefined || columnsOf(table).has(column.name) ? undefined : column
  }
  if (subject.type === undefined || subject.type === 'jsonb') return undefined
  return isRecordFieldName(subject.name, dialect)
    ? undefined
    : { name: subject.name, type: subject.type }
}

function isRecordFieldName(name: string, dialect: Dialect): boolean {
  return RECORD_FIELDS.some((field) => recordFieldColumn(field, dialect)?.name === name)
}

/**
 * The order of text and uuid depends on the gateway's collation, which is unknown; bool has no
 * useful order.
 */
export function hasWireOrder(type: ColumnType): boolean {
  return type === 'int' || type === 'numeric'
}

const INT8 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const

/**
 * Whether the gateway reads a literal as intended. The client itself tests what the gateway would
 * reject.
 */
export function isSafe(text: string, type: ColumnType, dialect: Dialect): boolean {
  if (readsAsNull(text, dialect)) return false
  switch (type) {
    case 'text':
      return dialect.nulInText === 'kept' || !holdsNul(text, type)
    case 'int': {
      const value = BigInt(text)
      return value >= INT8.min && value <= INT8.max
    }
    case 'numeric':
      return text !== 'NaN'
    case 'uuid':
      return canonicalUuid(text) !== undefined
    default:
      return true
  }
}
