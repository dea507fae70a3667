/** Errors for a table that a database does not have. */
import { InvalidInputError, nearest } from '@chatlayer-tables/core'
import { printable } from '@chatlayer-tables/files'
import { type TableName, tableNameText } from './table-name.ts'

/** How many tables an error lists. */
const MAX_LISTED = 20

/**
 * @param name undefined where the address names none
 * @param tables all that this user may read, as an address names them
 */
export function noSuchTable(
  name: TableName | undefined,
  tables: readonly string[],
): InvalidInputError {
  const listed = tables.slice(0, MAX_LISTED).map(printable).join(', ')
  const more = tables.length > MAX_LISTED ? ', …' : ''
  const all =
    tables.length === 0
      ? 'The database has none that this user may read.'
      : `Tables: ${listed}${more}.`
  if (name === undefined) {
    const hint = `Add #table to the address, or pass a query. ${all}`
    return new InvalidInputError('the address names no table', { field: 'address', hint })
  }
  const text = tableNameText(name)
  const near =
    nearest(text, tables) ??
    tables.find((each) => nearest(name.name, [each.slice(each.indexOf('.') + 1)]) !== undefined)
  return new InvalidInputError(`the database has no table ${printable(text)}`, {
    field: 'address',
    hint: near === undefined ? all : `Did you mean #${printable(near)}?`,
  })
}

/** @throws InvalidInputError for an address with a table and a query */
export function checkTarget(table: unknown, query: string | undefined): void {
  if (table === undefined || query === undefined) return
  throw new InvalidInputError('a query cannot be combined with the table of an address', {
    field: 'query',
    hint: 'Remove #… from the address, or the query.',
  })
}
