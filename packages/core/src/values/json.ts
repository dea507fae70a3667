/**
 * JSON without loss: integers beyond 2^53 are bigints, decimals that a double cannot hold keep
 * their source text as a raw number. Everything else is what `JSON.parse` gives.
 */
import { sameDecimal } from './decimal.ts'

/** A number kept as its source text, as made by `JSON.rawJSON`; writes itself back unchanged. */
export interface RawNumber {
  readonly rawJSON: string
}

interface SourceContext {
  /** The token as it stood in the text; only for primitive values. */
  readonly source?: string
}

/** What the runtime has (Node >= 21) and TypeScript's library does not yet describe. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: SourceContext) => unknown,
  ): unknown
  stringify(value: unknown): string | undefined
  rawJSON(text: string): RawNumber
  isRawJSON(value: unknown): value is RawNumber
}

const json: SourceTextJson = JSON as typeof JSON & SourceTextJson

/**
 * A number token that a double may not hold: sixteen or more digits, or an exponent. It stands at
 * the start or behind one of `[`, `:`, `,`, white space between. Text inside strings may match too,
 * which costs time and nothing else.
 */
const MAYBE_LOSSY = /(?:^|[[:,])\s*-?\d(?:[\d.]{15}|[\d.]*[eE])/

/**
 * Like `JSON.parse`, without loss. `__proto__` becomes an own property, as with `JSON.parse`.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  if (!mayHoldLossy(text) || !MAYBE_LOSSY.test(text)) return JSON.parse(text)
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(value, source) : value,
  )
}

/** An exponent beyond a double's, where it ends a token. */
const HUGE_EXPONENT = /[eE][+-]?\d{3,}\s*(?:[,\]}]|$)/

const LONG = 16

/**
 * Whether anything at all looks like a number that a double may not hold, inside strings too. Every
 * page is searched: this looks at few of the characters, and takes a fifth of the time that
 * {@link MAYBE_LOSSY} takes.
 */
function mayHoldLossy(text: string): boolean {
  // A run of sixteen that does not reach back from here can at the earliest begin behind its break.
  for (let end = LONG - 1, at = end; end < text.length; end = at + LONG) {
    for (at = end; isDigitOrPoint(text.charCodeAt(at)); at -= 1) {
      if (end - at === LONG - 1) return true
    }
  }
  return HUGE_EXPONENT.test(text)
}

function isDigitOrPoint(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || unit === 46
}

function exactNumber(value: number, source: string): unknown {
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source)
  return sameDecimal(source, String(value)) ? value : json.rawJSON(source)
}

/** Whether a value is a number kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value)
}

/** How deep JSON may be nested to be written. */
export const MAX_JSON_DEPTH = 500

/**
 * Like `JSON.stringify`, with bigints as exact numbers and `-0` as itself.
 *
 * @throws TypeError for what JSON has no form for at the top (undefined, a function), for NaN and
 *   infinities anywhere, and for values nested deeper than {@link MAX_JSON_DEPTH}, cycles among them
 */
export function stringifyJson(value: unknown): string {
  const text = json.stringify(holdsOddNumber(value, 0) ? rawNumbers(value) : value)
  if (text === undefined) throw new TypeError(`JSON has no form for ${typeof value}`)
  return text
}

/** Whether a value holds a number that `JSON.stringify` would refuse or change. */
function holdsOddNumber(value: unknown, depth: number): boolean {
  if (typeof value === 'bigint') return true
  if (typeof value === 'number') return !Number.isFinite(value) || Object.is(value, -0)
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return false
  if (depth > MAX_JSON_DEPTH) throw new TypeError(`JSON is nested over ${MAX_JSON_DEPTH} deep`)
  // No early end: the whole depth is looked at, so that what follows cannot run into a cycle.
  let odd = false
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    if (holdsOddNumber(item, depth + 1)) odd = true
  }
  return odd
}

function rawNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return json.rawJSON(String(value))
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no form for ${value}`)
    return Object.is(value, -0) ? json.rawJSON('-0') : value
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value
  if (Array.isArray(value)) return value.map(rawNumbers)
  if ('toJSON' in value && typeof value.toJSON === 'function') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rawNumbers(item)]))
}
