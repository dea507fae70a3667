/** The literal of a value by column type: the text in fields and filters of the wire. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { InvalidInputError } from '../errors.ts'
import { plainDecimal } from './decimal.ts'
import { isRawNumber, MAX_JSON_DEPTH, stringifyJson } from './json.ts'
import { type JsonStep, visitJson } from './json-walk.ts'
import { readDate, readTimestamp } from './timestamp.ts'
import { canonicalUuid } from './uuid.ts'

/**
 * Encodes a value other than null as the literal of its column type. A column of unknown type
 * (`undefined`) takes strings unchanged and anything else as JSON.
 *
 * @param place position of the value in the caller's input, for the error
 * @throws InvalidInputError when the value is not of that type, or cannot be represented exactly
 */
export function encodeText(value: unknown, type: ColumnType | undefined, place: string): string {
  switch (type) {
    case undefined:
      return typeof value === 'string' ? encodeString(value, place) : encodeJson(value, place)
    case 'text':
      return encodeString(value, place)
    case 'int':
      return encodeInt(value, place)
    case 'numeric':
      return encodeNumeric(value, place)
    case 'bool':
      return encodeBool(value, place)
    case 'uuid':
      return encodeUuid(value, place)
    case 'timestamp':
      return encodeTimestamp(value, place)
    case 'jsonb':
      return encodeJson(value, place)
  }
}

function encodeString(value: unknown, place: string): string {
  if (typeof value !== 'string') {
    throw invalid(
      place,
      'a text column takes a string',
      value,
      'Pass String(value) to write it as text.',
    )
  }
  checkUnicode(value, () => place)
  return value
}

function encodeInt(value: unknown, place: string): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return String(value)
    const hint = Number.isInteger(value)
      ? 'Beyond 2^53 a number is not exact: pass a bigint or a string of digits.'
      : undefined
    throw invalid(place, 'an int column takes a whole number', value, hint)
  }
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) return plainDecimal(value) ?? value
  throw invalid(place, 'an int column takes a whole number, a bigint or a string of digits', value)
}

function encodeNumeric(value: unknown, place: string): string {
  if (typeof value === 'bigint') return String(value)
  if (value === 'NaN') return value
  const text = isRawNumber(value)
    ? value.rawJSON
    : typeof value === 'number'
      ? String(value)
      : value
  const plain = typeof text === 'string' ? plainDecimal(text) : undefined
  if (plain !== undefined) return plain
  throw invalid(
    place,
    'a numeric column takes a finite number, a bigint or a decimal string',
    value,
  )
}

function encodeBool(value: unknown, place: string): string {
  if (typeof value === 'boolean') return String(value)
  if (value === 'true' || value === 'false') return value
  throw invalid(place, 'a bool column takes true or false', value)
}

function encodeUuid(value: unknown, place: string): string {
  const uuid = typeof value === 'string' ? canonicalUuid(value) : undefined
  if (uuid !== undefined) return uuid
  throw invalid(place, 'a uuid column takes 32 hexadecimal digits, with or without hyphens', value)
}

function encodeTimestamp(value: unknown, place: string): string {
  if (typeof value !== 'string' && !(value instanceof Date)) {
    throw invalid(place, 'a timestamp column takes a Date or an ISO 8601 string', value)
  }
  const reading = typeof value === 'string' ? readTimestamp(value) : readDate(value)
  if (reading.ok) return reading.text
  throw invalid(place, `the timestamp ${reading.reason}`, value)
}

function encodeJson(value: unknown, place: string): string {
  visitJson(value, (item, path, depth) => checkJson(item, () => placeWithin(place, path()), depth))
  return stringifyJson(value)
}

/** @returns whether to visit its contents */
function checkJson(value: unknown, place: () => string, depth: number): boolean {
  if (depth > MAX_JSON_DEPTH) {
    const field = shorten(place())
    throw new InvalidInputError(
      `${field}: JSON nested more than ${MAX_JSON_DEPTH} levels deep, or a cycle`,
      { field },
    )
  }
  switch (typeof value) {
    case 'string':
      checkUnicode(value, place)
      return false
    case 'boolean':
    case 'bigint':
      return false
    case 'number':
      if (!Number.isFinite(value))
        throw invalid(place(), 'JSON cannot express such a number', value)
      return false
    case 'object':
      if (value === null || isRawNumber(value)) return false
      if (!Array.isArray(value)) checkMembers(value, place)
      return true
    default:
      throw invalid(place(), 'JSON cannot express this', value)
  }
}

function checkMembers(value: object, place: () => string): void {
  if (!isPlainObject(value)) {
    const hint = value instanceof Date ? 'Pass date.toISOString().' : undefined
    throw invalid(place(), 'JSON takes plain objects and arrays', value, hint)
  }
  for (const key of Object.keys(value)) checkUnicode(key, place)
}

function placeWithin(place: string, path: readonly JsonStep[]): string {
  return path.reduce<string>(
    (base, step) => (typeof step === 'number' ? `${base}[${step}]` : placeOf(base, step)),
    place,
  )
}

function shorten(place: string): string {
  return place.length > MAX_PLACE ? `${place.slice(0, MAX_PLACE)}…` : place
}

const MAX_PLACE = 60

/**
 * Whether a value is an object literal or has no prototype, in this realm or another; not an
 * instance of a class.
 */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function checkUnicode(text: string, place: () => string): void {
  if (text.isWellFormed()) return
  throw new InvalidInputError(
    `${place()}: the text must not contain half a character (a lone surrogate)`,
    {
      field: place(),
      hint: 'It was probably cut in the middle of an emoji. Use text.toWellFormed() to replace it.',
    },
  )
}

/** The error names the kind of the value, never the value itself. */
function invalid(
  place: string,
  expected: string,
  value: unknown,
  hint?: string,
): InvalidInputError {
  return new InvalidInputError(`${place}: ${expected}, not ${describe(value)}`, {
    field: place,
    hint,
  })
}

/** The kind of a value in words, without the value. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date'
  switch (typeof value) {
    case 'undefined':
      return 'undefined'
    case 'number':
      if (!Number.isFinite(value)) return String(value)
      if (!Number.isInteger(value)) return 'a fraction'
      return Number.isSafeInteger(value) ? 'a number' : 'a number beyond 2^53'
    case 'string':
      return value === '' ? 'an empty string' : 'this string'
    case 'object':
      return 'an object'
    default:
      return `a ${typeof value}`
  }
}

/** The position of a name inside another position: `values.phone`, `values["my column"]`. */
export function placeOf(base: string, name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)
    ? `${base}.${name}`
    : `${base}[${JSON.stringify(name)}]`
}
