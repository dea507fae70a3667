/** Describes a table of SQLite. */
import type { DatabaseSync } from 'node:sqlite'
import { InvalidInputError } from '@chatlayer-tables/core'
import type { ExistingColumn, ExistingTable } from './existing-table.ts'
import { type Holder, MAX_INT64, MIN_INT64 } from './holders.ts'
import { quoteFor } from './statements.ts'

const quote = quoteFor('sqlite')

/**
 * @param key the table's name in lower case
 * @param target the table as messages name it
 * @returns undefined where there is no such table
 * @throws InvalidInputError for a view and the like
 */
export function existingSqlite(
  database: DatabaseSync,
  key: string,
  target: string,
): ExistingTable | undefined {
  const kind = database
    .prepare(`select type, name from main.sqlite_schema where lower(name) = ?`)
    .get(key)
  if (kind === undefined) return undefined
  if (kind.type !== 'table') {
    throw new InvalidInputError(`${target} is not a table (${String(kind.type)})`, {
      field: 'to',
    })
  }
  const name = quote(String(kind.name))
  const columns = database.prepare(`pragma main.table_xinfo(${name})`).all()
  return {
    columns: columns.filter(({ hidden }) => hidden !== 1).map(existingColumn),
    unique: uniqueColumns(database, name, columns),
  }
}

type Row = Readonly<Record<string, unknown>>

function existingColumn({ name, type, notnull, dflt_value, hidden, pk }: Row): ExistingColumn {
  const declared = String(type)
  const isNotNull = notnull === 1
  // The alias of the rowid is filled by SQLite.
  const isFilled = dflt_value !== null || (pk === 1 && /^integer$/i.test(declared))
  return {
    name: String(name),
    declared: declared || 'no type',
    holder: holderOf(declared),
    isRequired: isNotNull && !isFilled && hidden === 0,
    isNullable: !isNotNull,
    isGenerated: hidden !== 0,
  }
}

/** By SQLite's rules of affinity. A column converts values that look like its type. */
function holderOf(declared: string): Holder | undefined {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return { holds: 'integer', least: MIN_INT64, most: MAX_INT64 }
  if (/CHAR|CLOB|TEXT/.test(type)) return { holds: 'text' }
  if (type === '' || type === 'BLOB') return { holds: 'text' }
  if (type.includes('BOOL')) return { holds: 'boolean' }
  // Timestamps do not look like numbers.
  if (/DATE|TIME/.test(type)) return { holds: 'timestamp', digits: 6 }
  return undefined
}

function uniqueColumns(database: DatabaseSync, name: string, columns: readonly Row[]): string[] {
  const keys = columns.filter(({ pk }) => Number(pk) > 0)
  const unique = keys.length === 1 ? keys.map((column) => String(column.name)) : []
  for (const index of database.prepare(`pragma main.index_list(${name})`).all()) {
    if (index.unique !== 1 || index.partial === 1) continue
    const parts = database.prepare(`pragma main.index_info(${quote(String(index.name))})`).all()
    if (parts.length === 1 && parts[0]?.name !== null) unique.push(String(parts[0]?.name))
  }
  return unique
}
