import type { ColumnType } from '@chatlayer-tables/contract'
import { textKind } from './shape.ts'

/** Whether a value of a record, not null, is of its column's type in any form that is read. */
export function fitsType(value: unknown, type: ColumnType): boolean {
  const kind = typeof value === 'string' ? textKind(value) : undefined
  switch (type) {
    case 'text':
      return typeof value === 'string'
    case 'int':
      return Number.isInteger(value) || kind === 'integer'
    case 'numeric':
      return (
        typeof value === 'number' || kind === 'integer' || kind === 'decimal' || kind === 'plain'
      )
    case 'uuid':
      return kind === 'uuid'
    case 'bool':
      return typeof value === 'boolean'
    case 'timestamp':
      return kind === 'time' || kind === 'date'
    case 'jsonb':
      return true
  }
}
