/** Rows of a database as texts of JSON. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { JsonText } from './json-lines.ts'
import { ValueError } from './value-error.ts'

export interface EncodedColumn<Cell> {
  readonly name: string
  /** The text of JSON for a value that is not null. @throws ValueError */
  readonly encode: (cell: NonNullable<Cell>) => string
}

/**
 * A function for the rows of one reading, in their order.
 *
 * @throws InvalidInputError for a value that cannot be kept exactly, naming column and row
 */
export function rowEncoder<Cell>(
  columns: readonly EncodedColumn<Cell>[],
): (cells: readonly Cell[]) => JsonText[] {
  const encoders = columns.map(({ encode }) => encode)
  let count = 0
  return (cells) => {
    count += 1
    const texts = new Array<JsonText>(columns.length)
    // A million rows have many million values: a plain loop is the fastest.
    let index = 0
    try {
      for (; index < encoders.length; index++) {
        const cell = cells[index]
        texts[index] =
          cell === null || cell === undefined ? null : (encoders[index]?.(cell) ?? null)
      }
    } catch (error) {
      const { name = '' } = columns[index] ?? {}
      throw error instanceof ValueError ? rejectedValue(name, count, error) : error
    }
    return texts
  }
}

/** @param row from 1, in the order of reading */
function rejectedValue(column: string, row: number, error: ValueError): InvalidInputError {
  return new InvalidInputError(`"${column}" of row ${row} ${error.message}`, {
    field: column,
    hint: error.hint,
  })
}
