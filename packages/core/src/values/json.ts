/**
 * JSON without loss: integers beyond 2^53 are bigints, decimals that a double cannot represent keep
 * their source text as a raw number. Everything else is as from `JSON.parse`.
 */
import { randomUUID } from 'node:crypto'
import { sameDecimal } from './decimal.ts'
import { mapJson, printJson } from './json-walk.ts'

/** A number kept as its source text, as made by `JSON.rawJSON`; writes itself back unchanged. */
export interface RawNumber {
  readonly rawJSON: string
}

/** API of the runtime (Node >= 21) that TypeScript's library does not describe yet. */
interface SourceTextJson {
  stringify(value: unknown): string | undefined
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

const json: SourceTextJson = JSON as typeof JSON & SourceTextJson

/**
 * A number token that a double may not represent: sixteen or more digits, or an exponent. It is at
 * the start or follows one of `[`, `:`, `,` and white space. Text inside strings may match too,
 * which costs only time.
 */
const MAYBE_LOSSY = /(?:^|[[:,])\s*-?\d(?:[\d.]{15}|[\d.]*[eE])/

/**
 * Like `JSON.parse`, without loss. `__proto__` becomes an own property, as with `JSON.parse`.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (!mayHoldLossy(text) || !MAYBE_LOSSY.test(text)) return JSON.parse(text)
  const marked = markNumbers(text)
  if (marked === undefined) return JSON.parse(text)
  let value: unknown
  try {
    value = JSON.parse(marked)
  } catch {
    // For an error about the text itself.
    return JSON.parse(text)
  }
  return mapJson(value, exactLeaf, isRawNumber)
}

/** Prefix of a number that was made a string. It is random, so no text contains it. */
const MARK = `${randomUUID()} `

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * The text with each number that a double may not represent as a marked string; undefined without
 * any. A reviver would see their source too, but limits how deep JSON.parse can go.
 */
function markNumbers(text: string): string | undefined {
  const parts: string[] = []
  let done = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      at = endOfString(text, at)
    } else if (unit === MINUS || isDigit(unit)) {
      NUMBER.lastIndex = at
      const source = NUMBER.exec(text)?.[0] ?? ''
      const end = at + source.length
      if (source.length >= MIN_LOSSY && isLossy(source) && !isKey(text, end)) {
        parts.push(text.slice(done, at), `"${MARK}${source}"`)
        done = end
      }
      // Invalid numbers are left for JSON.parse to reject.
      at = Math.max(at, end - 1)
    }
  }
  return parts.length === 0 ? undefined : parts.join('') + text.slice(done)
}

const QUOTE = 0x22
const MINUS = 0x2d
const BACKSLASH = 0x5c
/** `1e400` is. */
const MIN_LOSSY = 5

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}

/** Position of the quote that ends a string, or of the last character. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === BACKSLASH) before -= 1
    if ((at - before) % 2 === 1) return at
  }
  return text.length
}

function isLossy(source: string): boolean {
  return !Object.is(exactNumber(source), Number(source))
}

/** A number in the position of a key must not become a key. */
function isKey(text: string, end: number): boolean {
  let at = end
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at += 1
  return text.charAt(at) === ':'
}

function exactLeaf(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(MARK)
    ? exactNumber(value.slice(MARK.length))
    : value
}

/** An exponent beyond a double's, at the end of a token. */
const HUGE_EXPONENT = /[eE][+-]?\d{3,}\s*(?:[,\]}]|$)/

const LONG = 16

/**
 * Whether anything looks like a number that a double may not represent, inside strings too. Every
 * page is searched: this reads few of the characters, and takes a fifth of the time that {@link
 * MAYBE_LOSSY} takes.
 */
function mayHoldLossy(text: string): boolean {
  // A run of sixteen that does not extend back from here can start after its break at the earliest.
  for (let end = LONG - 1, at = end; end < text.length; end = at + LONG) {
    for (at = end; isDigitOrPoint(text.charCodeAt(at)); at -= 1) {
      if (end - at === LONG - 1) return true
    }
  }
  return HUGE_EXPONENT.test(text)
}

function isDigitOrPoint(unit: number): boolean {
  return isDigit(unit) || unit === 46
}

/**
 * Converting digits to a bigint and back takes quadratic time: seconds for a number of a megabyte.
 * Longer ones are raw numbers.
 */
export const MAX_BIGINT_DIGITS = 1000

function exactNumber(source: string): unknown {
  const value = Number(source)
  if (/^-?\d+$/.test(source)) {
    if (Number.isSafeInteger(value)) return value
    return source.length <= MAX_BIGINT_DIGITS ? BigInt(source) : json.rawJSON(source)
  }
  return sameDecimal(source, String(value)) ? value : json.rawJSON(source)
}

/** Whether a value is a number kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value)
}

/**
 * Maximum depth of JSON that is written to a gateway. PostgreSQL stores about 6,000 levels by
 * default. JSON from a gateway is read, compared and stored at any depth.
 */
export const MAX_JSON_DEPTH = 10_000

/** Depth up to which the stack suffices for JSON.stringify, which is faster. */
const MAX_STACK_DEPTH = 500

/**
 * Like `JSON.stringify`, with bigints as exact numbers, `-0` as itself, and any depth.
 *
 * @throws TypeError for values that JSON cannot express at the top (undefined, a function), for NaN
 *   and infinities anywhere, and for a value that contains itself
 */
export function stringifyJson(value: unknown): string {
  const kind = kindOf(value, 0)
  const text =
    kind === 'deep'
      ? printJson(value, leafText, isLeaf)
      : json.stringify(kind === 'odd' ? mapJson(value, rawNumber, isLeaf) : value)
  if (text === undefined) throw new TypeError(`JSON cannot express ${typeof value}`)
  return text
}

/** Whether a value contains a number that `JSON.stringify` would reject or change, or is deep. */
function kindOf(value: unknown, depth: number): 'plain' | 'odd' | 'deep' {
  if (typeof value === 'bigint') return 'odd'
  if (typeof value === 'number') {
    return !Number.isFinite(value) || Object.is(value, -0) ? 'odd' : 'plain'
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return 'plain'
  if (depth > MAX_STACK_DEPTH) return 'deep'
  // Checks the whole depth, so that the following steps cannot exceed the stack.
  let kind: 'plain' | 'odd' = 'plain'
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    const inner = kindOf(item, depth + 1)
    if (inner === 'deep') return inner
    if (inner === 'odd') kind = inner
  }
  return kind
}

function isLeaf(value: object): boolean {
  return isRawNumber(value) || ('toJSON' in value && typeof value.toJSON === 'function')
}

function rawNumber(value: unknown): unknown {
  if (typeof value === 'bigint') return json.rawJSON(String(value))
  if (typeof value !== 'number') return value
  if (!Number.isFinite(value)) throw new TypeError(`JSON cannot express ${value}`)
  return Object.is(value, -0) ? json.rawJSON('-0') : value
}

function leafText(value: unknown): string | undefined {
  return json.stringify(rawNumber(value))
}
