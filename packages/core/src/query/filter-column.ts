/** Which columns and values a filter of the wire can name. */
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

/** How many values go into the list of one filter. */
export const MAX_LIST = 200

/**
 * How a filter names a subject; undefined where it cannot. Left to do here are: columns of a type we
 * do not know; jsonb, since it is not known whether the gateway compares it as text; and, where a
 * column bears the wire's name of a record's own field, both of them.
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

/** Text and uuid have an order of the gateway's collation, which is unknown; bool has hardly one. */
export function hasWireOrder(type: ColumnType): boolean {
  return type === 'int' || type === 'numeric'
}

const INT8 = { min: -(2n ** 63n), max: 2n ** 63n - 1n } as const

/** Whether the gateway reads a literal as we mean it; what it would refuse is tested here. */
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
