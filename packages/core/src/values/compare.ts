/**
 * Equality and order of decoded values by column type, as in PostgreSQL. Text is compared by code
 * point (PostgreSQL's "C" collation), since the gateway's own collation is unknown.
 */
import type { ColumnType } from '@chatlayer-tables/contract'
import { compareRead, type Decimal, readDecimal } from './decimal.ts'
import { isRawNumber } from './json.ts'
import { timestampKey } from './timestamp.ts'
import { canonicalUuid } from './uuid.ts'

/** Types of compared values: of a column, `id` for the record's own, undefined for unknown ones. */
export type ComparedType = ColumnType | 'id' | undefined

/**
 * A value prepared for comparison. There is none (undefined) for null and for a value that is not
 * of the column's type: both compare as null does.
 */
export type Key =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: number | bigint }
  | { readonly kind: 'decimal'; readonly rank: number; readonly value: Decimal }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'json'; readonly value: unknown }

const ZERO: Decimal = { negative: false, digits: '', point: 0 }

/**
 * Values of PostgreSQL's numeric that are not decimals; NaN equals itself and is above all others.
 */
const SPECIAL_NUMERICS: ReadonlyMap<unknown, number> = new Map([
  ['-Infinity', -1],
  ['Infinity', 1],
  ['NaN', 2],
])

/** PostgreSQL's infinite timestamps, as texts that sort below and above every instant. */
const SPECIAL_TIMESTAMPS: ReadonlyMap<unknown, string> = new Map([
  ['-infinity', ''],
  ['infinity', '~'],
])

/** Prepares a decoded value of a column for comparison. */
export function keyOf(value: unknown, type: ComparedType): Key | undefined {
  if (value === null || value === undefined) return undefined
  switch (type) {
    case 'text':
      return typeof value === 'string' ? { kind: 'text', text: value } : undefined
    case 'int':
      return integerKey(value)
    case 'numeric':
      return decimalKey(value)
    case 'bool':
      return typeof value === 'boolean' ? { kind: 'bool', value } : undefined
    case 'uuid':
      return typeof value === 'string' ? textKey(canonicalUuid(value)) : undefined
    case 'id':
      return typeof value === 'string' ? textKey(canonicalUuid(value) ?? value) : undefined
    case 'timestamp':
      if (typeof value !== 'string') return undefined
      return textKey(SPECIAL_TIMESTAMPS.get(value) ?? timestampKey(value))
    case 'jsonb':
      return { kind: 'json', value }
    case undefined:
      return freeKey(value)
  }
}

function textKey(text: string | undefined): Key | undefined {
  return text === undefined ? undefined : { kind: 'text', text }
}

function integerKey(value: unknown): Key | undefined {
  return typeof value === 'bigint' || Number.isSafeInteger(value)
    ? { kind: 'integer', value: value as number | bigint }
    : undefined
}

function decimalKey(value: unknown): Key | undefined {
  const rank = SPECIAL_NUMERICS.get(value)
  if (rank !== undefined) return { kind: 'decimal', rank, value: ZERO }
  const text = isRawNumber(value) ? value.rawJSON : value
  if (typeof text !== 'string' && typeof text !== 'number' && typeof text !== 'bigint') {
    return undefined
  }
  const read = readDecimal(String(text))
  return read === undefined ? undefined : { kind: 'decimal', rank: 0, value: read }
}

/**
 * In a column of unknown type, values compare with values of the same kind: text, numbers,
 * booleans, JSON.
 */
function freeKey(value: unknown): Key | undefined {
  switch (typeof value) {
    case 'string':
      return { kind: 'text', text: value }
    case 'boolean':
      return { kind: 'bool', value }
    case 'object':
      return isRawNumber(value) ? decimalKey(value) : { kind: 'json', value }
    default:
      return decimalKey(value)
  }
}

/** Whether two values of one type are equal; null when they cannot be compared. */
export function equalKeys(a: Key, b: Key): boolean | null {
  if (a.kind === 'json' && b.kind === 'json') return equalJson(a.value, b.value)
  const order = compareKeys(a, b)
  return order === undefined ? null : order === 0
}

/**
 * A text that is the same for two keys exactly when they are equal; undefined for JSON, whose
 * equality no text expresses.
 */
export function hashOf(key: Key): string | undefined {
  switch (key.kind) {
    case 'text':
      return `t${key.text}`
    case 'integer':
      return `i${key.value}`
    case 'decimal': {
      const { negative, digits, point } = key.value
      return `d${key.rank} ${negative ? '-' : ''}${digits}e${point}`
    }
    case 'bool':
      return `b${key.value}`
    case 'json':
      return undefined
  }
}

/** Negative, zero or positive; undefined for keys of two kinds and for JSON, which has no order here. */
export function compareKeys(a: Key, b: Key): number | undefined {
  if (a.kind === 'text' && b.kind === 'text') return compareText(a.text, b.text)
  if (a.kind === 'integer' && b.kind === 'integer') {
    return a.value < b.value ? -1 : a.value > b.value ? 1 : 0
  }
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    return a.rank === b.rank ? compareRead(a.value, b.value) : a.rank - b.rank
  }
  if (a.kind === 'bool' && b.kind === 'bool') return Number(a.value) - Number(b.value)
  return undefined
}

/**
 * Compares by code point. JavaScript's own `<` compares code units, which sorts emoji below U+E000.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return aboveSurrogates(left) - aboveSurrogates(right)
  }
  return a.length - b.length
}

/** Moves surrogates above every other code unit. */
function aboveSurrogates(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** Equality of jsonb: numbers by value, objects in any order of keys. */
export function equalJson(one: unknown, other: unknown): boolean {
  // A list of pairs instead of recursion, since values may be nested deeper than the stack allows.
  const pairs: [unknown, unknown][] = [[one, other]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    if (!equalSoFar(pair[0], pair[1], pairs)) return false
  }
  return true
}

/** Adds the inner pairs of two values to `pairs`. */
function equalSoFar(a: unknown, b: unknown, pairs: [unknown, unknown][]): boolean {
  if (a === b) return true
  const left = decimalOf(a)
  const right = decimalOf(b)
  if (left !== undefined || right !== undefined) {
    return left !== undefined && right !== undefined && compareRead(left, right) === 0
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    for (const [index, item] of a.entries()) pairs.push([item, b[index]])
    return true
  }
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return false
    pairs.push([own(a, key), own(b, key)])
  }
  return true
}

function own(value: object, key: string): unknown {
  return (value as Record<string, unknown>)[key]
}

function decimalOf(value: unknown): Decimal | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return readDecimal(String(value))
  return isRawNumber(value) ? readDecimal(value.rawJSON) : undefined
}
