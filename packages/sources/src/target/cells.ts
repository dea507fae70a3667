/** Values of records as texts that a database keeps exactly. Pure. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { stringifyJson, type Value } from '@chatlayer-tables/core'
import type { Holder, TargetKind } from './holders.ts'

/** The text of a value, as its column takes it; null for null. */
export type Cell = string | null

/** A value that its column cannot hold; the message says why. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
}

interface Forms {
  readonly bool: readonly [no: string, yes: string]
  /** @param text canonical, with six fraction digits */
  readonly timestamp: (text: string) => string
  /** Whether its texts have no U+0000. */
  readonly rejectsNul: boolean
}

const FORMS: Readonly<Record<TargetKind, Forms>> = {
  postgres: { bool: ['f', 't'], timestamp: (text) => text, rejectsNul: true },
  mysql: {
    bool: ['0', '1'],
    timestamp: (text) => text.replace('T', ' ').slice(0, -1),
    rejectsNul: false,
  },
  // Its functions end a text at U+0000.
  sqlite: { bool: ['0', '1'], timestamp: (text) => text, rejectsNul: true },
}

/** Makes the cells of a column. The function throws {@link Unfit}. */
export function cellMaker(
  kind: TargetKind,
  type: ColumnType | undefined,
  holder: Holder,
): (value: Value) => Cell {
  const forms = FORMS[kind]
  const text = textMaker(type, forms)
  const checked = checkOf(holder, forms)
  return (value) => (value === null ? null : checked(text(value)))
}

/** The text of a value by its type. */
function textMaker(
  type: ColumnType | undefined,
  forms: Forms,
): (value: Exclude<Value, null>) => string {
  switch (type) {
    case 'int':
      return wholeNumber
    case 'numeric':
      return decimal
    case 'bool':
      return (value) => {
        if (typeof value !== 'boolean') throw notOf('bool', value)
        return forms.bool[value ? 1 : 0]
      }
    case 'timestamp':
      return (value) => forms.timestamp(timestamp(value))
    case 'uuid':
      return uuid
    case 'jsonb':
      return (value) => stringifyJson(value)
    case 'text':
      return (value) => {
        if (typeof value !== 'string') throw notOf('text', value)
        return value
      }
    default:
      return (value) => (typeof value === 'string' ? value : stringifyJson(value))
  }
}

function notOf(type: ColumnType, value: unknown): Unfit {
  const found = Array.isArray(value) ? 'a list' : value === 'object' ? 'an object' : typeof value
  return new Unfit(`it is not of the column's type ${type} (${found})`)
}

function wholeNumber(value: Value): string {
  const isWhole = typeof value === 'bigint' || Number.isInteger(value)
  if (!isWhole) throw notOf('int', value)
  return String(value)
}

/** As core reads them, and PostgreSQL's infinities, which core leaves as they are. */
const DECIMAL = /^(?:-?\d+(?:\.\d+)?|NaN|-?Infinity)$/

function decimal(value: Value): string {
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw notOf('numeric', value)
  return value
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function uuid(value: Value): string {
  if (typeof value !== 'string' || !UUID.test(value)) throw notOf('uuid', value)
  return value.toLowerCase()
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\d{3})?Z$/

/** A timestamp as core reads it, with six fraction digits. */
function timestamp(value: Value): string {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null
  if (match === null) throw notOf('timestamp', value)
  return match[1] === undefined ? `${match[0].slice(0, -1)}000Z` : match[0]
}

/** Checks a text against the limits of its column. */
function checkOf(holder: Holder, forms: Forms): (text: string) => string {
  switch (holder.holds) {
    case 'text':
      return textCheck(holder, forms)
    case 'integer': {
      const { least, most } = holder
      return (text) => {
        if (text.length < 10 && least <= -1_000_000_000n && most >= 1_000_000_000n) return text
        const value = BigInt(text)
        if (value < least || value > most) throw new Unfit(`it is not from ${least} to ${most}`)
        return text
      }
    }
    case 'decimal':
      return decimalCheck(holder)
    case 'timestamp':
      return timestampCheck(holder)
    case 'json':
      return jsonCheck(holder)
    case 'boolean':
    case 'uuid':
      return (text) => text
  }
}

function textCheck(
  { maxCharacters, maxBytes, ascii }: Extract<Holder, { holds: 'text' }>,
  { rejectsNul }: Forms,
): (text: string) => string {
  return (text) => {
    if (rejectsNul && text.includes('\0')) throw new Unfit('it contains U+0000 (NUL)')
    if (!text.isWellFormed()) throw new Unfit('it contains half of a surrogate pair')
    if (maxCharacters !== undefined && text.length > maxCharacters) {
      let count = 0
      for (const _ of text) count += 1
      if (count > maxCharacters) throw new Unfit(`it is longer than ${maxCharacters} characters`)
    }
    if (maxBytes !== undefined && text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
      throw new Unfit(`it is longer than ${maxBytes} bytes`)
    if (ascii === true && !/^[\0-\x7f]*$/.test(text)) throw new Unfit('it is not ASCII only')
    return text
  }
}

function decimalCheck({
  whole,
  scale,
  special,
}: Extract<Holder, { holds: 'decimal' }>): (text: string) => string {
  return (text) => {
    const last = text.charCodeAt(text.length - 1)
    if (last > 57) {
      if (!special) throw new Unfit(`it is ${text}, which the database does not have`)
      return text
    }
    if (text.length <= Math.min(whole, scale)) return text
    const [digits = '', fraction = ''] = text.replace(/^-?0*/, '').split('.')
    if (digits.length > whole) throw new Unfit(`it has more than ${whole} digits before the point`)
    if (fraction.length > scale && /[1-9]/.test(fraction.slice(scale))) {
      throw new Unfit(`it has more than ${scale} digits after the point`)
    }
    return text
  }
}

function timestampCheck({
  digits,
  least,
  most,
}: Extract<Holder, { holds: 'timestamp' }>): (text: string) => string {
  const lost = 6 - digits
  return (text) => {
    const fraction = /\.(\d{6})/.exec(text)?.[1] ?? ''
    if (lost > 0 && /[1-9]/.test(fraction.slice(digits))) {
      throw new Unfit(`it has more than ${digits} fraction digits of a second`)
    }
    const at = text.slice(0, 19).replace(' ', 'T')
    if ((least !== undefined && at < least) || (most !== undefined && at > most)) {
      throw new Unfit(`it is not from ${least} to ${most}`)
    }
    return text
  }
}

/** An escaped U+0000 or half of a surrogate pair, in the text of JSON. */
const ESCAPES = /\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/gi
/** A number that a double may not represent. */
const LONG_NUMBER = /[[:,\s]-?\d(?:[\d.]{15}|[\d.]*[eE])|^-?\d(?:[\d.]{15}|[\d.]*[eE])/

function jsonCheck({
  strict,
  exact,
}: Extract<Holder, { holds: 'json' }>): (text: string) => string {
  return (text) => {
    if (strict && text.includes('\\u')) {
      for (const [, code] of text.matchAll(ESCAPES)) {
        if (code === '0000') throw new Unfit('it contains U+0000 (NUL)')
        if (code !== undefined) throw new Unfit('it contains half of a surrogate pair')
      }
    }
    if (!exact && LONG_NUMBER.test(text))
      throw new Unfit('it may contain a number with too many digits')
    return text
  }
}
