/** Names in a query to what they mean: a column of the table, or a field of the record itself. */
import { RECORD_FIELDS, type RecordField, type Table } from '@chatlayer-tables/contract'
import { unknownColumn } from '../values/encode.ts'
import { columnsOf } from '../values/table-shape.ts'
import type { Subject } from './condition.ts'

/**
 * `id`, `createdAt` and `updatedAt` are the record's own; a column of one of those names is written
 * in double quotes, as any column may be.
 *
 * @param words further names that would be right at this place, for the suggestion
 * @throws InvalidInputError naming the nearest column
 */
export function resolveSubject(
  name: string,
  table: Table,
  place: string,
  words: readonly string[] = [],
): Subject {
  const field = RECORD_FIELDS.find((own) => own === name)
  if (field !== undefined) return recordSubject(field)
  const wanted = unquote(name)
  const column = columnsOf(table).get(wanted)
  if (column !== undefined) return { kind: 'column', name: column.name, type: column.known }
  throw unknownColumn(wanted, table, place, [...RECORD_FIELDS, ...words])
}

function recordSubject(field: RecordField): Subject {
  return { kind: 'record', field, type: field === 'id' ? 'id' : 'timestamp' }
}

/** A column's name as a query can say it whatever the name: in double quotes it is always a column. */
export function quoteColumn(name: string): string {
  return `"${name}"`
}

function unquote(name: string): string {
  return name.length >= 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name
}
