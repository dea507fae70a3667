import { columnTypeOf } from '@chatlayer-tables/contract'
import { stringifyJson, type Value } from '@chatlayer-tables/core'
import { CellError, cellToValue } from '@chatlayer-tables/files'

/**
 * A value of a column as one of another type: as it would be after an export to a file and an import.
 * A value that does not fit the type is returned as it is; the client rejects it when it is written.
 *
 * @param type of the column that is to hold it
 */
export function convertValue(value: Value, type: string): Value {
  const known = columnTypeOf(type)
  if (value === null || known === undefined || known === 'jsonb') return value
  const text = typeof value === 'string' ? value : stringifyJson(value)
  if (known === 'text') return text
  // Such a text would be read as null.
  if (text.trim() === '') return value
  try {
    const read = cellToValue(text, known, '')
    return known === 'int' ? wholeNumber(read) : read
  } catch (error) {
    if (error instanceof CellError) return value
    throw error
  }
}

/** Digits as the number that a table's record has there. */
export function wholeNumber(value: Value): Value {
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value)) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value.replace('+', ''))
}
