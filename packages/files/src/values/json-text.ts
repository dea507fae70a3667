/** Finds facts that parsed JSON does not show: repeated keys, and the text of numbers. */
import type { JsonValue } from '@chatlayer-tables/core'
import { shorten } from './cell-error.ts'
import { rawNumberText } from './raw-number.ts'

/** The digits that PostgreSQL's numeric can hold, with a sign and a point. */
const MAX_NUMBER = 131_072 + 16_383 + 2

interface Visitor {
  /** A `{` or `[`, and its end. */
  open(): void
  close(): void
  /** @param source the key in its quotes */
  key(source: string): void
  number(source: string): void
}

/** Walks over the text of JSON. It ends for text that is not JSON too. */
function walk(text: string, visitor: Visitor): void {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) {
      const end = endOfString(text, at)
      if (isKey(text, end)) visitor.key(text.slice(at, end + 1))
      at = end
    } else if (unit === MINUS || (unit >= ZERO && unit <= NINE)) {
      NUMBER.lastIndex = at
      const source = NUMBER.exec(text)?.[0] ?? '-'
      visitor.number(source)
      at += source.length - 1
    } else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) visitor.open()
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) visitor.close()
  }
}

const NUMBER = /[-+.\deE]+/y

/** The place of the quote that ends a string; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === BACKSLASH) before -= 1
    if ((at - before) % 2 === 1) return at
  }
  return text.length
}

function isKey(text: string, end: number): boolean {
  let at = end + 1
  while (SPACES.includes(text.charAt(at)) && at < text.length) at += 1
  return text.charCodeAt(at) === COLON
}

const SPACES = ' \t\r\n'
const QUOTE = 34
const MINUS = 45
const ZERO = 48
const NINE = 57
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/** Facts about the text of one value. */
export interface JsonTextFacts {
  /** Keys of all its objects, repeated ones counted each time. */
  readonly keys: number
  /** Whether a number has more digits than a numeric column holds. */
  readonly hasLongNumber: boolean
}

/**
 * @param onNumber is given the numbers that are values of the outermost object, with their key in
 *   its quotes
 */
export function studyJsonText(
  text: string,
  onNumber?: (key: string, source: string) => void,
): JsonTextFacts {
  let keys = 0
  let depth = 0
  let lastKey = ''
  let hasLongNumber = false
  walk(text, {
    open: () => {
      depth += 1
    },
    close: () => {
      depth -= 1
    },
    key: (source) => {
      keys += 1
      if (depth === 1) lastKey = source
    },
    number: (source) => {
      if (source.length > MAX_NUMBER) hasLongNumber = true
      if (depth === 1) onNumber?.(lastKey, source)
    },
  })
  return { keys, hasLongNumber }
}

/** The keys of all objects in a value. */
export function countKeys(value: JsonValue): number {
  let keys = 0
  const left: JsonValue[] = [value]
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next !== 'object' || next === null || rawNumberText(next) !== undefined) continue
    if (!Array.isArray(next)) keys += Object.keys(next).length
    for (const item of Object.values(next)) left.push(item)
  }
  return keys
}

/** Why a value of JSON is not taken. */
export interface JsonProblem {
  readonly reason: string
  readonly fix: string
  /** The key of the outermost object that it is with; undefined where the text has none. */
  readonly within: string | undefined
}

/** Keys that an object has more than once, and numbers that are too long, wherever they are nested. */
export function problemsOfJsonText(text: string): JsonProblem[] {
  const found: JsonProblem[] = []
  const seen: Set<string>[] = []
  let within: string | undefined
  walk(text, {
    open: () => {
      seen.push(new Set())
    },
    close: () => {
      seen.pop()
    },
    key: (source) => {
      const key = unquoted(source)
      if (seen.length === 1) within = key
      const keys = seen.at(-1)
      if (keys?.has(key)) found.push({ ...repeated(key), within })
      keys?.add(key)
    },
    number: (source) => {
      if (source.length > MAX_NUMBER) found.push({ ...LONG_NUMBER, within })
    },
  })
  return found
}

function repeated(key: string): Pick<JsonProblem, 'reason' | 'fix'> {
  return {
    reason: `the key ${JSON.stringify(shorten(key))} is given more than once in an object`,
    fix: 'Leave one of them: only the last would be kept.',
  }
}

const LONG_NUMBER = {
  reason: 'a number has more digits than a numeric column holds',
  fix: 'Shorten it, or put it in quotes.',
}

/** @param source of a key in JSON that was parsed without error */
export function unquoted(source: string): string {
  return source.includes('\\') ? String(JSON.parse(source)) : source.slice(1, -1)
}

/** The first problem of a text that was parsed without error. */
export function problemOfJsonText(text: string, value: JsonValue): JsonProblem | undefined {
  const { keys, hasLongNumber } = studyJsonText(text)
  if (!hasLongNumber && (keys === 0 || keys === countKeys(value))) return undefined
  return problemsOfJsonText(text)[0]
}
