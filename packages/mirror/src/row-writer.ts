import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { TableRecord } from '@chatlayer-tables/core'
import { recordValue, type Shape } from './shape.ts'
import { MASK, toSql } from './values.ts'

/** Writes records as rows. */
export class RowWriter {
  readonly #shape: Shape
  readonly #insert: StatementSync
  readonly #rounded: Record<string, number>

  constructor(db: DatabaseSync, shape: Shape, name: string, rounded: Record<string, number>) {
    this.#shape = shape
    this.#rounded = rounded
    const places = shape.columns.map(() => '?').join(', ')
    this.#insert = db.prepare(`INSERT INTO ${name} VALUES (${places})`)
  }

  write(record: TableRecord): void {
    const cells = this.#shape.columns.map((column) => {
      const value = recordValue(record, column)
      if (column.masked) return value === null ? null : MASK
      const cell = toSql(value, column.type)
      if (cell.rounded) this.#rounded[column.name] = (this.#rounded[column.name] ?? 0) + 1
      return cell.value
    })
    this.#insert.run(...cells)
  }
}
