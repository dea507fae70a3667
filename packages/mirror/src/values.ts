/** Values of records in SQLite. Pure. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { stringifyJson, type Value } from '@chatlayer-tables/core'

export type SqlValue = string | number | bigint | null

/** Replaces every value of a masked column, also null, so that nulls do not show. */
export const MASK = '[masked]'

/** A value in SQLite; `rounded` where SQLite's numbers cannot store all of its digits. */
export interface SqlCell {
  readonly value: SqlValue
  readonly rounded: boolean
}

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)

/** A double stores decimals of up to this many digits exactly. */
const DOUBLE_DIGITS = 15

/**
 * - `int` and whole `numeric` of 64 bits: integers. Any other `numeric`: the nearest double.
 * - `bool`: 1 and 0. `timestamp`: ISO 8601 in UTC, always with six fraction digits.
 * - `jsonb`: its JSON text. A value of another type than its column's: as it is, or its JSON text.
 */
export function toSql(value: Value, type: ColumnType | undefined): SqlCell {
  if (value === null) return exact(null)
  if (type === 'jsonb') return exact(stringifyJson(value))
  switch (typeof value) {
    case 'string':
      if (type === 'numeric') return numericToSql(value)
      return exact(type === 'timestamp' ? timestampToSql(value) : value)
    case 'boolean':
      return exact(type === 'bool' ? Number(value) : String(value))
    case 'number':
      return exact(value)
    case 'bigint':
      return exact(value > MAX_INT64 || value < MIN_INT64 ? String(value) : value)
    default:
      return exact(
        value instanceof Date ? timestampToSql(value.toISOString()) : stringifyJson(value),
      )
  }
}

function exact(value: SqlValue): SqlCell {
  return { value, rounded: false }
}

/** Short decimals, which a double stores exactly: the usual case. */
const SHORT = /^-?(?=[\d.]{1,15}$)\d+(?:\.\d+)?$/

/** @param text a plain decimal, such as core reads; anything else stays text */
function numericToSql(text: string): SqlCell {
  if (SHORT.test(text)) return exact(Number(text) + 0)
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  // SQLite has no NaN.
  if (match === null) return text === 'NaN' ? { value: null, rounded: true } : exact(text)
  const [, sign = '', whole = '', written = ''] = match
  const fraction = written.replace(/(?<!0)0+$/, '')
  if (fraction === '' && whole.length < 20) {
    const integer = BigInt(sign + whole)
    if (integer <= MAX_INT64 && integer >= MIN_INT64) return exact(integer)
  }
  const value = Number(text)
  const digits = (whole + fraction).replace(/^0+/, '').replace(/(?<!0)0+$/, '')
  const isPlain = digits.length <= DOUBLE_DIGITS && text.length < 300
  return { value, rounded: !isPlain && String(value) !== plain(sign, whole, fraction) }
}

function plain(sign: string, whole: string, fraction: string): string {
  return `${sign}${whole.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`
}

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(\d{3}|\d{6})Z$/
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ?(Z|[+-]\d\d(?::?\d\d)?)?$/i

/**
 * A date-time in the form of mirrors: `2024-01-31T09:30:00.000000Z`, which sorts as text in the order of
 * time. Text without a zone is in UTC; text that is not a date-time stays as it is.
 */
export function timestampToSql(text: string): string {
  if (text.length === 24 && text[19] === '.' && text[10] === 'T' && text[23] === 'Z') {
    return `${text.slice(0, 23)}000Z`
  }
  const fraction = CANONICAL.exec(text)?.[1]
  if (fraction !== undefined) {
    return fraction.length === 6 ? text : `${text.slice(0, -1)}000Z`
  }
  const match = TIMESTAMP.exec(text)
  if (match === null) return text
  const [, day, time, below = '', zone = 'Z'] = match
  const minutes = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone
  const at = Date.parse(`${day}T${time}${minutes.toUpperCase()}`)
  if (Number.isNaN(at)) return text
  const iso = new Date(at).toISOString()
  return iso.length === 24 ? `${iso.slice(0, 19)}.${below.slice(0, 6).padEnd(6, '0')}Z` : text
}
