/** Cells of a file as values of a table's columns. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { type JsonValue, parseJson, stringifyJson, type Value } from '@chatlayer-tables/core'
import type { SourceCell, TypedCell } from '../source/source.ts'
import { type BooleanReader, type BooleanWords, booleanHint, booleanReader } from './booleans.ts'
import { CellError } from './cell-error.ts'
import { type DateFormat, parseDateFormat } from './date-format.ts'
import { problemOfJsonText } from './json-text.ts'
import { type DecimalMark, type Reading, readNumber } from './numbers.ts'
import { rawNumberText } from './raw-number.ts'
import { unstorable } from './storable.ts'
import { readTimestampText } from './timestamps.ts'

/** How a file writes values that the column types alone do not determine. */
export interface CellOptions extends BooleanWords {
  /** The decimal mark (default: `.`, if that is certain). */
  readonly decimal?: DecimalMark | undefined
  /** A format such as `DD/MM/YYYY`, see date-format.ts (default: ISO 8601 only). */
  readonly dateFormat?: string | undefined
  /** A text that means null in any column, such as `NULL`. */
  readonly nullText?: string | undefined
}

/**
 * Gives the value of a cell.
 *
 * @param type undefined for an unknown declared type: its cells are taken unchanged
 * @param place where the cell belongs, for the error, such as `values.vip`
 */
export type CellReader = (cell: SourceCell, type: ColumnType | undefined, place: string) => Value

/**
 * A reader for the cells of one file.
 *
 * - A text column takes text exactly, and numbers and booleans of typed formats as their text if that
 *   is certain.
 * - Every other column reads an empty text as null and ignores spaces around other text.
 * - Numbers stay text, so that no digit is lost. A cell with more than one meaning is rejected, and so
 *   is text that no table stores.
 *
 * @throws InvalidInputError for a date format or a word for a boolean that cannot be used; the reader
 *   throws CellError for a cell that is not valid in its column
 */
export function cellReader(options: CellOptions = {}): CellReader {
  const format = options.dateFormat === undefined ? undefined : parseDateFormat(options.dateFormat)
  const rules: Rules = { decimal: options.decimal, format, readBoolean: booleanReader(options) }
  const { nullText } = options
  const read: CellReader = (cell, type, place) => {
    if (cell === null || cell === nullText) return null
    if (typeof cell === 'string') return fromText(cell, type, place, rules)
    const { json, problem } = cell
    const shown = type === 'text' ? cell.shown : undefined
    if (shown !== undefined) return shown === nullText ? null : fromShown(shown, place, json)
    if (problem !== undefined) {
      const hint = cell.fix ?? FIX_HINT
      throw new CellError(place, textOf(json), `cannot be taken: ${problem}`, hint)
    }
    if (json === null || json === nullText) return null
    if (typeof json !== 'string') return fromTyped(json, type, place, rules)
    // Text in JSON is the value itself in a jsonb column, not the text of one.
    return type === 'jsonb' ? json : fromText(json, type, place, rules)
  }
  return (cell, type, place) => {
    const value = read(cell, type, place)
    const problem = unstorable(value)
    return problem === undefined
      ? value
      : reject(place, shownText(cell), problem.reason, problem.hint)
  }
}

function shownText(cell: SourceCell): string {
  if (cell === null || typeof cell === 'string') return cell ?? ''
  return textOf(cell.json)
}

/** {@link cellReader} without options. */
export const cellToValue: CellReader = cellReader()

interface Rules {
  readonly decimal: DecimalMark | undefined
  readonly format: DateFormat | undefined
  readonly readBoolean: BooleanReader
}

const FIX_HINT = 'Fix the cell in the spreadsheet, or empty it; format digits as Text.'

/** A number in a text column, as a person sees it. */
function fromShown(
  shown: Exclude<TypedCell['shown'], undefined>,
  place: string,
  json: TypedCell['json'],
): string {
  if (typeof shown === 'string') return shown
  return reject(place, textOf(json), `cannot be taken as text: ${shown.unknown}`, SHOWN_HINT)
}

const SHOWN_HINT = 'Format the cell as Text and enter the text again.'

function fromText(cell: string, type: ColumnType | undefined, place: string, rules: Rules): Value {
  if (type === undefined || type === 'text') return cell
  const text = cell.trim()
  if (text === '') return null
  switch (type) {
    case 'int':
      return checked(readNumber(text, true, rules.decimal), place, cell)
    case 'numeric':
      return text === 'NaN' ? text : checked(readNumber(text, false, rules.decimal), place, cell)
    case 'timestamp':
      return checked(readTimestampText(text, rules.format), place, cell)
    case 'bool':
      return (
        rules.readBoolean(text)?.value ??
        reject(place, cell, 'is neither true nor false', booleanHint(text))
      )
    case 'uuid':
      return UUID.test(text) ? text : reject(place, cell, 'is not a uuid', UUID_HINT)
    case 'jsonb':
      return readJson(text, place)
  }
}

/** A uuid in any form that PostgreSQL takes. */
const UUID = /^(?:\{[0-9a-f]{4}(?:-?[0-9a-f]{4}){7}\}|[0-9a-f]{4}(?:-?[0-9a-f]{4}){7})$/i

const UUID_HINT = 'A uuid is 32 hexadecimal digits, with or without hyphens.'

function checked(reading: Reading, place: string, cell: string): string {
  return reading.ok ? reading.text : reject(place, cell, reading.reason, reading.hint)
}

function readJson(text: string, place: string): Value {
  let value: JsonValue
  try {
    value = parseJson(text) as JsonValue
  } catch {
    return reject(
      place,
      text,
      'is not JSON',
      'Put text of a jsonb column in double quotes: "like this".',
    )
  }
  const problem = problemOfJsonText(text, value)
  if (problem !== undefined) reject(place, text, `cannot be taken: ${problem.reason}`, problem.fix)
  return value
}

function reject(place: string, value: string, reason: string, hint: string): never {
  throw new CellError(place, value, reason, hint)
}

/** Reads a value with a type in the file, other than text and null. */
function fromTyped(
  json: Exclude<JsonValue, string | null> | Date,
  type: ColumnType | undefined,
  place: string,
  { format }: Rules,
): Value {
  const wrong = (reason: string, hint: string): never => reject(place, textOf(json), reason, hint)
  const number = numberOf(json)
  switch (type) {
    case undefined:
      return json instanceof Date ? json.toISOString() : json
    case 'text':
      if (json instanceof Date) {
        const text = format?.write(json)
        return (
          text ??
          wrong(
            'is a date, and the column takes text',
            'Pass --date-format to write it as text, time included; or format the cell as Text.',
          )
        )
      }
      if (typeof json === 'boolean') return String(json)
      if (number === undefined) return wrong('is not text', 'A jsonb column takes any JSON.')
      if (!/e/i.test(number) || rawNumberText(json) !== undefined) return number
      return wrong(
        'is a number whose text is not certain',
        'Put it in quotes, written as the text you want.',
      )
    case 'int':
      return (
        wholeOf(json, number) ??
        wrong('is not a whole number', 'An int column takes whole numbers.')
      )
    case 'numeric':
      return number === undefined
        ? wrong('is not a number', 'A numeric column takes numbers.')
        : json
    case 'bool':
      if (typeof json === 'boolean') return json
      if (number !== undefined && [0, 1].includes(Number(number))) return Number(number) === 1
      return wrong('is neither true nor false', booleanHint(textOf(json)))
    case 'timestamp':
      if (json instanceof Date) return json
      return wrong('is not a timestamp', 'Write it as text, such as "2024-01-31T09:30:00Z".')
    case 'uuid':
      return wrong('is not a uuid', UUID_HINT)
    case 'jsonb':
      if (!(json instanceof Date)) return json
      return wrong('is a date, which JSON cannot hold', 'Format the cell as Text.')
  }
}

/** The text of a number; undefined for other values. */
function numberOf(json: JsonValue | Date): string | undefined {
  if (typeof json === 'number') return Object.is(json, -0) ? '-0' : String(json)
  return typeof json === 'bigint' ? String(json) : rawNumberText(json)
}

/** The whole number of a number; undefined when it is not whole, or not certain. */
function wholeOf(json: JsonValue | Date, number: string | undefined): Value | undefined {
  if (number === undefined) return undefined
  const digits = /^(-?\d+)(?:\.0+)?$/.exec(number)?.[1]
  // A double beyond 2^53 can be several whole numbers.
  if (typeof json === 'number') return Number.isSafeInteger(json) ? json : undefined
  if (typeof json === 'bigint') return json
  const value = Number(number)
  return digits ?? (Number.isSafeInteger(value) ? value : undefined)
}

function textOf(json: JsonValue | Date): string {
  if (json instanceof Date) return json.toISOString()
  return typeof json === 'string' ? json : stringifyJson(json)
}
