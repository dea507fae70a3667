/** `jsonb`: any JSON with exact numbers; equal and ordered as PostgreSQL's jsonb is. */
import { type ColumnCodec, LiteralError, refuse, shorten } from './codec.ts'
import { numericKey, parseNumeric } from './numeric.ts'
import { escapeControls } from './text.ts'

/** A JSON number as it was written; a double would lose digits. */
class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Json =
  | null
  | boolean
  | string
  | NumberText
  | readonly Json[]
  | { readonly [key: string]: Json }

export const jsonbCodec: ColumnCodec = {
  keyed: true,
  parse(literal) {
    const json = parseJson(literal)
    return { value: print(json), key: topKey(json) }
  },
  write(value) {
    return value as string
  },
}

function parseJson(literal: string): Json {
  let json: Json
  try {
    json = JSON.parse(literal, keepDigits) as Json
  } catch (error) {
    if (error instanceof LiteralError) throw error
    refuse('jsonb', literal)
  }
  return json
}

/** The third argument of a reviver, which TypeScript's ES2024 library does not know yet. */
type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown

const keepDigits: Reviver = (key, value, context) => {
  checkString(key)
  if (typeof value === 'string') checkString(value)
  if (typeof value !== 'number') return value
  const text = parseNumeric(context?.source ?? String(value))
  return new NumberText(text ?? refuse('jsonb', String(context?.source)))
}

function checkString(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new LiteralError(`unsupported Unicode escape in a string of type jsonb: ${shorten(text)}`)
  }
}

/** The pairs in jsonb's own order: shorter keys first, then by bytes. */
function pairsOf(object: { readonly [key: string]: Json }): [Buffer, string, Json][] {
  return Object.keys(object)
    .map((key): [Buffer, string, Json] => [Buffer.from(key), key, object[key] ?? null])
    .sort(([a], [b]) => a.length - b.length || Buffer.compare(a, b))
}

function print(json: Json): string {
  if (json instanceof NumberText) return json.text
  if (isArray(json)) return `[${json.map(print).join(',')}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  return `{${pairsOf(json)
    .map(([, key, value]) => `${JSON.stringify(key)}:${print(value)}`)
    .join(',')}}`
}

// The marks of the types, in jsonb's order of types.
const NULL = 'a'
const STRING = 'b'
const NUMBER = 'c'
const BOOL = 'd'
const ARRAY = 'e'
const OBJECT = 'f'

/**
 * PostgreSQL keeps a lone scalar as an array of one that is marked as such, and compares lengths
 * before the mark: an empty array comes before every scalar, any other array after.
 */
function topKey(json: Json): string {
  if (isArray(json)) return `${ARRAY}${count(json.length)}1${json.map(innerKey).join('')}`
  return isObject(json) ? innerKey(json) : `${ARRAY}${count(1)}0${innerKey(json)}`
}

function innerKey(json: Json): string {
  if (json === null) return NULL
  if (typeof json === 'string') return STRING + stringKey(json)
  if (json instanceof NumberText) return NUMBER + numericKey(json.text)
  if (typeof json === 'boolean') return BOOL + (json ? '1' : '0')
  if (isArray(json)) return `${ARRAY}${count(json.length)}${json.map(innerKey).join('')}`
  const pairs = pairsOf(json)
  const inner = pairs.map(([, key, value]) => stringKey(key) + innerKey(value))
  return `${OBJECT}${count(pairs.length)}${inner.join('')}`
}

/** Ends in a pair that no escaped text holds and that sorts before whatever could follow. */
function stringKey(text: string): string {
  return `${escapeControls(text)}\x01\x01`
}

function count(size: number): string {
  return String(size).padStart(9, '0')
}

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json)
}

function isObject(json: Json): json is { readonly [key: string]: Json } {
  return (
    typeof json === 'object' && json !== null && !isArray(json) && !(json instanceof NumberText)
  )
}
