/** Results of expressions as values of columns: the way back of `values.ts`. Pure. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { parseJson, type Value } from '@chatlayer-tables/core'
import type { SqlValue } from '../values.ts'

/** A value, or why the result cannot be one of the column's type. */
export type FromSql = { readonly value: Value } | { readonly reason: string }

/** SQLite computes decimals as doubles, whose first 15 digits are reliable. It prints as many. */
const DIGITS = 15

/**
 * - Integers are exact. Other numbers are rounded to 15 significant digits.
 * - `bool`: from 1 and 0. `jsonb`: from its JSON text. `text`: also from integers.
 * - `int`, `numeric`, `timestamp`, `uuid`: also from text; the client checks it.
 */
export function fromSql(cell: SqlValue, type: ColumnType | undefined): FromSql {
  if (cell === null) return { value: null }
  if (typeof cell === 'number' && !Number.isFinite(cell)) {
    return { reason: 'gives a number that is too large' }
  }
  switch (type) {
    case 'text':
      if (typeof cell !== 'number') return { value: String(cell) }
      return unfit('a decimal number', 'a text column takes text', "printf('%.2f', …)")
    case 'int':
      return intFromSql(cell)
    case 'numeric':
      if (isLong(cell)) return TOO_LONG
      return { value: typeof cell === 'string' ? cell : decimalOf(cell) }
    case 'bool':
      return boolFromSql(cell)
    case 'uuid':
    case 'timestamp':
      if (typeof cell === 'string') return { value: type === 'uuid' ? cell : shortened(cell) }
      return unfit(
        'a number',
        `a ${type} column takes text`,
        type === 'uuid' ? undefined : "datetime(…, 'unixepoch')",
      )
    case 'jsonb':
      return jsonFromSql(cell)
    case undefined:
      return { value: typeof cell === 'string' ? cell : numberOf(cell) }
  }
}

function unfit(found: string, expected: string, use?: string): FromSql {
  return { reason: `gives ${found}, but ${expected}${use === undefined ? '' : `: use ${use}`}` }
}

function intFromSql(cell: string | number | bigint): FromSql {
  if (typeof cell === 'bigint') return { value: numberOf(cell) }
  if (typeof cell === 'string') {
    if (/^[+-]?\d{1,1000}$/.test(cell)) return { value: numberOf(BigInt(cell)) }
    return unfit('text that is not a whole number', 'an int column takes a whole number')
  }
  const rounded = numberOf(cell)
  if (!Number.isInteger(rounded)) {
    return unfit('a fraction', 'an int column takes a whole number', 'round(…)')
  }
  return isLong(cell) ? TOO_LONG : { value: rounded }
}

/** Whether rounding to 15 digits would lose whole ones. */
function isLong(cell: SqlValue): boolean {
  return typeof cell === 'number' && Math.abs(cell) >= 10 ** DIGITS
}

const TOO_LONG: FromSql = {
  reason: `gives a decimal number above 10^${DIGITS}, which is not exact: compute with integers, cast(… as integer)`,
}

function boolFromSql(cell: string | number | bigint): FromSql {
  // `==` compares integers and doubles.
  // biome-ignore lint/suspicious/noDoubleEquals: 1 may be 1n
  const is = (number: number, word: string) => cell == number || cell === word
  if (is(1, 'true')) return { value: true }
  if (is(0, 'false')) return { value: false }
  return unfit('another value', 'a bool column takes true or false')
}

function jsonFromSql(cell: string | number | bigint): FromSql {
  if (typeof cell !== 'string') return { value: numberOf(cell) }
  try {
    return { value: parseJson(cell) as Value }
  } catch {
    return unfit('text that is not JSON', 'a jsonb column takes JSON', 'json_quote(…) for text')
  }
}

/** A whole number beyond 2^53 stays a bigint. */
function numberOf(cell: number | bigint): number | bigint {
  if (typeof cell === 'number') return Number(cell.toPrecision(DIGITS)) + 0
  const number = Number(cell)
  return Number.isSafeInteger(number) ? number : cell
}

/** A number as a plain decimal, without an exponent. */
function decimalOf(cell: number | bigint): string {
  if (typeof cell === 'bigint') return String(cell)
  const [, sign = '', first = '', rest = '', power = '0'] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(cell.toExponential(DIGITS - 1)) ?? []
  const digits = (first + rest).replace(/0+$/, '')
  if (digits === '') return '0'
  const point = Number(power) + 1
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const whole = digits.slice(0, point).padEnd(point, '0')
  return `${sign}${whole}${digits.length > point ? `.${digits.slice(point)}` : ''}`
}

/** The six fraction digits of timestamps in SQL, as the client writes them. */
function shortened(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})000Z$/, '$1Z')
}
