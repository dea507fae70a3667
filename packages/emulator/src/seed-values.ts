/** Converts values of a seed (JavaScript, JSON, CSV text) to cells of a column. */
import { DEFAULT_DIALECT } from '@chatlayer-tables/contract'
import { type Cell, LiteralError } from './columns/codec.ts'
import { EmulatorError } from './errors.ts'
import type { Assignments } from './store.ts'
import type { ColumnInfo, TableInfo } from './tables.ts'

/** A record by column name; an omitted column is null. */
export type SeedRecord = Readonly<Record<string, unknown>>

/** A value that is already a literal of its column's type: a cell of a CSV file. */
export class Literal {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** @throws EmulatorError with the table and the column */
export function seedAssignments(table: TableInfo, record: SeedRecord): Assignments {
  const values = new Map<ColumnInfo, Cell | null>()
  for (const [name, value] of Object.entries(record)) {
    const column = table.byName.get(name)
    if (column === undefined) {
      throw new EmulatorError(`table "${table.name}" has no column "${name}"`)
    }
    values.set(column, seedCell(table, column, value))
  }
  return values
}

function seedCell(table: TableInfo, column: ColumnInfo, value: unknown): Cell | null {
  if (value === null || value === undefined) return null
  try {
    return column.codec.parse(literalOf(column, value), DEFAULT_DIALECT)
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error
    throw new EmulatorError(`table "${table.name}", column "${column.name}": ${error.message}`)
  }
}

/** A jsonb column accepts any JSON value unchanged, including a string. */
function literalOf({ type }: ColumnInfo, value: unknown): string {
  if (value instanceof Literal) return value.text
  if (type === 'jsonb') return JSON.stringify(value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
