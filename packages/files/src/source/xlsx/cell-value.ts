/** Reads the value of a worksheet cell; ECMA-376 part 1, section 18.3.1.4. */

import type { JsonValue } from '@chatlayer-tables/core'
import { shorten } from '../../values/cell-error.ts'
import { rawNumber } from '../../values/raw-number.ts'
import type { SourceCell, TypedCell } from '../source.ts'
import { readIsoDate, serialToDate } from './dates.ts'
import { unescapeText } from './escaped-text.ts'
import { GENERAL, type NumberFormat } from './number-format.ts'
import { FormattedNumber, type Renderer, shownTime } from './shown.ts'

/** The shared data that cells refer to. */
export interface SheetContext {
  readonly strings: readonly string[]
  /** The formats, in the order in which cells number them. */
  readonly formats: readonly NumberFormat[]
  readonly render: Renderer
  readonly epoch1904: boolean
}

/** A cell as it was written. */
export interface RawCell {
  /** The attribute `t`; empty if absent. */
  readonly type: string
  /** The attribute `s`. */
  readonly style: string | undefined
  /** The content of `v`. */
  readonly value: string | undefined
  /** The content of `is`. */
  readonly text: string | undefined
  readonly hasText: boolean
  readonly hasFormula: boolean
}

/**
 * The value of a cell; null for an empty one. Never throws: an invalid cell has a `problem`, before
 * which the caller puts the place of the cell.
 */
export function cellValue(raw: RawCell, context: SheetContext): SourceCell {
  const { type, value, hasText, hasFormula } = raw
  if (hasText && value === undefined && !TAKES_TEXT.has(type)) {
    return { json: raw.text ?? '', problem: 'holds a text that does not fit its type' }
  }
  switch (type) {
    case '':
    case 'n':
      return numberOrText(raw, context)
    case 'inlineStr':
      // Some programs put the text where other types have their value.
      if (hasText) return raw.text ?? null
      return value === undefined ? empty(raw) : unescapeText(value)
    case 's':
      return value === undefined ? null : sharedString(value, context)
    case 'str':
      if (value !== undefined) return unescapeText(value)
      return hasFormula ? UNWORKED : null
    case 'b':
      return booleanCell(value, raw)
    case 'd':
      return value === undefined || value.trim() === '' ? empty(raw) : isoCell(value.trim())
    case 'e':
      return { json: value ?? '', problem: `shows the error ${shorten(value ?? '')}` }
    default:
      return {
        json: value ?? raw.text ?? '',
        problem: `is of an unknown type: "${shorten(type)}"`,
      }
  }
}

const TAKES_TEXT = new Set(['', 'n', 'inlineStr'])

function empty({ hasFormula }: RawCell): SourceCell {
  return hasFormula ? UNWORKED : null
}

const UNWORKED: TypedCell = {
  json: '',
  problem: 'holds a formula that was saved without its result',
}

function sharedString(value: string, { strings }: SheetContext): SourceCell {
  const index = value.trim()
  const text = /^\d+$/.test(index) ? strings[Number(index)] : undefined
  if (text !== undefined) return text
  return { json: value, problem: 'refers to a text that is not in the file' }
}

function booleanCell(value: string | undefined, raw: RawCell): SourceCell {
  switch (value?.trim().toLowerCase()) {
    case '1':
    case 'true':
      return { json: true }
    case '0':
    case 'false':
      return { json: false }
    case '':
    case undefined:
      return empty(raw)
    default:
      return { json: value ?? '', problem: 'is a boolean, but neither true nor false' }
  }
}

const TIME = 'holds a time or duration without a day, which only a text column takes'

function isoCell(text: string): TypedCell {
  const date = readIsoDate(text)
  if (date instanceof Date) return { json: date }
  if (date !== undefined) return { json: text, problem: TIME, shown: date.time }
  return {
    json: text,
    problem: 'is a date, but its value is not one of ISO 8601 with milliseconds at most',
  }
}

/** A cell without a type is a number, unless all it has is a text of its own. */
function numberOrText(raw: RawCell, context: SheetContext): SourceCell {
  const { value, text, hasText } = raw
  if (value === undefined && hasText) return text ?? null
  const digits = value?.trim() ?? ''
  if (digits === '') return empty(raw)
  const number = Number(digits)
  if (!NUMBER.test(digits) || !Number.isFinite(number)) {
    return { json: value ?? '', problem: 'is a number, but its value is not one' }
  }
  return numberCell(digits, number, raw, context)
}

/** Number() takes more, such as hexadecimal digits. */
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

function numberCell(
  digits: string,
  number: number,
  { style }: RawCell,
  { formats, render, epoch1904 }: SheetContext,
): TypedCell {
  const format = formats[Number(style ?? 0)] ?? GENERAL
  if (format.kind === 'time') {
    return { json: number, problem: TIME, shown: shownTime(number, format, render) }
  }
  if (format.kind === 'date') {
    const date = serialToDate(number, epoch1904)
    return date === undefined
      ? { json: number, problem: 'is formatted as a date, but its number is not one' }
      : { json: date }
  }
  if (mayMissDigits(digits, number)) {
    return {
      json: BigInt(number),
      problem: 'holds a number of 16 or more digits, and a spreadsheet keeps only 15',
    }
  }
  const json = exactNumber(digits, number)
  if (format.code === undefined && format.unknown === undefined) return { json }
  return new FormattedNumber(json, number, format, render)
}

/** How many digits of a number a spreadsheet keeps; further ones become zeros. */
export const SPREADSHEET_DIGITS = 15

/** How many digits of a plain decimal carry its value, including zeros at its end. */
export function countDigits(decimal: string): number {
  return decimal.replace('-', '').replace('.', '').replace(/^0+/, '').length
}

/** Zeros at the end are kept where they were written; seventeen digits are a double written in full. */
function exactNumber(digits: string, number: number): JsonValue {
  const isKept = /^-?(?:0|[1-9]\d*)\.\d+$/.test(digits) && countDigits(digits) <= SPREADSHEET_DIGITS
  return isKept && digits !== String(number) ? rawNumber(digits) : number
}

/** Whether this may be a longer number that lost digits; a round one such as 6.02E+23 is not. */
function mayMissDigits(digits: string, number: number): boolean {
  if (Math.abs(number) < 1e15 || !Number.isInteger(number)) return false
  const [mantissa = '', exponent] = digits.split(/e/i)
  return exponent === undefined
    ? !mantissa.includes('.')
    : countDigits(mantissa.replace('+', '').replace(/(?<!0)0+$/, '')) >= SPREADSHEET_DIGITS
}
