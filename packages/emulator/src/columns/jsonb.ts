/** `jsonb`: any JSON with exact numbers, with the equality and order of PostgreSQL's jsonb. */
import { type ColumnCodec, LiteralError, rejectLiteral, shorten } from './codec.ts'
import {
  type ExactJson,
  foldJson,
  inJsonbOrder,
  isArray,
  isObject,
  NumberText,
  parseExactJson,
  printExactJson,
} from './exact-json.ts'
import { numericKey, parseNumeric } from './numeric.ts'
import { escapeControls } from './text.ts'

export const jsonbCodec: ColumnCodec = {
  keyed: true,
  parse(literal) {
    try {
      const json = parseExactJson(literal)
      return { value: printExactJson(json, printNumber), key: topKey(json) }
    } catch (error) {
      if (error instanceof SyntaxError) rejectLiteral('jsonb', literal)
      throw error
    }
  },
  write(value) {
    return value as string
  },
}

function printNumber(text: string): string {
  return parseNumeric(text) ?? rejectLiteral('jsonb', text)
}

// Prefixes of the types, in jsonb's order of types.
const NULL = 'a'
const STRING = 'b'
const NUMBER = 'c'
const BOOL = 'd'
const ARRAY = 'e'
const OBJECT = 'f'

/**
 * PostgreSQL stores a top-level scalar as an array of one with a special flag, and compares lengths
 * before the flag: an empty array is before every scalar, any other array after.
 */
function topKey(json: ExactJson): string {
  if (isArray(json)) return `${ARRAY}${count(json.length)}1${json.map(innerKey).join('')}`
  return isObject(json) ? innerKey(json) : `${ARRAY}${count(1)}0${innerKey(json)}`
}

function innerKey(json: ExactJson): string {
  return foldJson<string>(json, {
    leaf: leafKey,
    list: (items) => `${ARRAY}${count(items.length)}${items.join('')}`,
    object: (pairs) =>
      `${OBJECT}${count(pairs.length)}${inJsonbOrder(pairs)
        .map(([key, inner]) => stringKey(key) + inner)
        .join('')}`,
  })
}

function leafKey(value: null | boolean | string | NumberText): string {
  if (value === null) return NULL
  if (typeof value === 'string') return STRING + stringKey(value)
  if (value instanceof NumberText) return NUMBER + numericKey(printNumber(value.text))
  return BOOL + (value ? '1' : '0')
}

/**
 * Ends in a pair of characters that no escaped text contains and that sorts before anything that
 * could follow.
 *
 * @throws LiteralError for values that jsonb cannot store
 */
function stringKey(text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new LiteralError(`unsupported Unicode escape in a string of type jsonb: ${shorten(text)}`)
  }
  return `${escapeControls(text)}\x01\x01`
}

function count(size: number): string {
  return String(size).padStart(9, '0')
}
