/** Resolves names in a query to a column of the table or a field of the record. */
import { RECORD_FIELDS, type RecordField, type Table } from '@chatlayer-tables/contract'
import { unknownColumn } from '../values/encode.ts'
import { columnsOf } from '../values/table-shape.ts'
import type { Subject } from './condition.ts'

/**
 * `id`, `createdAt` and `updatedAt` are fields of the record; a column of such a name is written in
 * double quotes, as any column may be.
 *
 * @param words other valid names at this place, for the suggestion
 * @throws InvalidInputError with the nearest column
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

/** The name of a column in a query. Any name in double quotes is a column. */
export function quoteColumn(name: string): string {
  return `"${name}"`
}

function unquote(name: string): string {
  return name.length >= 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1) : name
}
