/** Errors about the tables, columns and values of a database. */
import { InvalidInputError, nearest } from '@chatlayer-tables/core'
import { printable } from '@chatlayer-tables/files'

/** How many names a hint lists. */
const MAX_LISTED = 20

/** Neither a table nor a query was given. */
export function noTable(address: string, tables: readonly string[]): InvalidInputError {
  return new InvalidInputError(`${address} does not name a table`, {
    field: 'address',
    hint:
      tables.length === 0
        ? 'It has no tables.'
        : `Add one, such as #${tables[0]}, or pass --query. ${listing(tables)}`,
  })
}

/** The database does not have the table. */
export function unknownTable(
  database: string,
  table: string,
  tables: readonly string[],
): InvalidInputError {
  const similar = nearest(table, tables)
  return new InvalidInputError(`${database} has no table ${quoted(table)}`, {
    field: 'address',
    hint: similar === undefined ? listing(tables) : `Did you mean ${quoted(similar)}?`,
  })
}

function listing(tables: readonly string[]): string {
  if (tables.length === 0) return 'It has no tables.'
  const names = tables.slice(0, MAX_LISTED).map(printable).join(', ')
  const more = tables.length - MAX_LISTED
  return `Its tables: ${names}${more > 0 ? `, and ${more} more` : ''}.`
}

/** @throws InvalidInputError for columns that a row could not have by name */
export function checkColumnNames(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (name.trim() === '') {
      throw new InvalidInputError(`column ${index + 1} has no name`, { hint: NAME_HINT })
    }
    if (seen.has(name)) {
      throw new InvalidInputError(`several columns have the name ${quoted(name)}`, {
        hint: NAME_HINT,
      })
    }
    seen.add(name)
  }
}

const NAME_HINT = 'Name the columns of the query: select stores.name as store, …'

/** A value that cannot be kept exactly. @param row counted from 1, in the order of reading */
export function unreadableValue(
  column: string,
  row: number,
  problem: string,
  hint: string,
): InvalidInputError {
  return new InvalidInputError(
    `column ${quoted(column)}, row ${row.toLocaleString('en-US')}: ${problem}`,
    { field: column, hint },
  )
}

export function quoted(name: string): string {
  return `"${printable(name)}"`
}
