/** The rows of a worksheet; ECMA-376 part 1, section 18.3.1. */
import { rawNumber } from '../../values/raw-number.ts'
import type { SourceCell, SourceRow, TypedCell } from '../source.ts'
import { type NumberKind, serialToDate } from './dates.ts'
import { unescapeText } from './escaped-text.ts'
import { isTrue, TextParts } from './workbook.ts'
import { type XmlAttributes, XmlError, type XmlHandler } from './xml.ts'

/** What cells refer to. */
export interface SheetContext {
  readonly strings: readonly string[]
  /** By the place of the cell's format. */
  readonly kinds: readonly NumberKind[]
  readonly epoch1904: boolean
}

/**
 * Takes the tags of a worksheet and collects its rows; those without a value in any cell are left
 * out. Cells that no value came of (an error, a formula that was never worked out) are in trouble.
 */
export class SheetReader implements XmlHandler {
  readonly #context: SheetContext
  readonly #inline = new TextParts()
  #rows: SourceRow[] = []
  #line = 0
  #cells: SourceCell[] = []
  #blank = true
  #column = 0
  #type = ''
  #kind: NumberKind = 'number'
  #value: string | undefined
  #inValue = false
  #hasFormula = false
  #hasText = false
  /** How many groups of merged cells there are; known at the end. */
  merged = 0

  constructor(context: SheetContext) {
    this.#context = context
  }

  /** The rows since the last call. */
  take(): SourceRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  open(name: string, attributes: XmlAttributes): void {
    switch (name) {
      case 'row':
        this.#line = Number(attributes.get('r') ?? this.#line + 1)
        this.#cells = []
        this.#blank = true
        this.#column = 0
        return
      case 'c':
        this.#openCell(attributes)
        return
      case 'v':
        this.#inValue = true
        this.#value = ''
        return
      case 'f':
        this.#hasFormula = true
        return
      case 'is':
        this.#hasText = true
        this.#inline.begin()
        return
      case 'mergeCell':
        this.merged += 1
        return
      default:
        if (this.#hasText) this.#inline.open(name)
    }
  }

  text(text: string): void {
    if (this.#inValue) this.#value += text
    else if (this.#hasText) this.#inline.add(text)
  }

  close(name: string): void {
    if (name === 'v') this.#inValue = false
    else if (name === 'c') this.#closeCell()
    else if (name === 'row') this.#closeRow()
    else if (this.#hasText) this.#inline.close(name)
  }

  #openCell(attributes: XmlAttributes): void {
    const reference = attributes.get('r')
    this.#column = reference === undefined ? this.#column + 1 : columnOf(reference)
    this.#type = attributes.get('t') ?? 'n'
    this.#kind = this.#context.kinds[Number(attributes.get('s') ?? 0)] ?? 'number'
    this.#value = undefined
    this.#hasFormula = false
    this.#hasText = false
  }

  #closeCell(): void {
    if (this.#value === undefined && !this.#hasText && !this.#hasFormula) return
    this.#blank = false
    const cell = this.#cell()
    if (cell === null) return
    while (this.#cells.length < this.#column - 1) this.#cells.push(null)
    this.#cells[this.#column - 1] = cell
  }

  #closeRow(): void {
    if (!this.#blank) this.#rows.push({ line: this.#line, cells: this.#cells })
  }

  #cell(): SourceCell {
    if (this.#type === 'inlineStr') return this.#inline.end() ?? null
    const value = this.#value
    if (value === undefined) return this.#hasText ? null : UNWORKED
    switch (this.#type) {
      case 's':
        return this.#sharedString(value)
      case 'str':
        return unescapeText(value)
      case 'b':
        return { json: isTrue(value.trim()) }
      case 'e':
        return { json: value, trouble: `the cell shows the error ${value}` }
      case 'd':
        return isoCell(value)
      default:
        if (value.trim() !== '') return this.#number(value.trim())
        return this.#hasFormula ? UNWORKED : null
    }
  }

  #sharedString(value: string): string {
    const text = this.#context.strings[Number(value)]
    if (text === undefined) throw new XmlError('a cell refers to a text that is not there')
    return text
  }

  #number(text: string): TypedCell {
    const number = Number(text)
    if (!Number.isFinite(number)) throw new XmlError('a cell holds a number that is none')
    if (this.#kind === 'number') return numberCell(text, number)
    if (this.#kind === 'time') {
      return { json: number, trouble: 'a time or duration without a day is no value of any column' }
    }
    const date = serialToDate(number, this.#context.epoch1904)
    return date === undefined
      ? { json: number, trouble: 'the number is formatted as a date and is none' }
      : { json: date }
  }
}

const UNWORKED: TypedCell = { json: '', trouble: 'the formula was saved without its result' }

/** So many digits of a number a spreadsheet keeps; what is typed beyond them becomes zeros. */
export const SPREADSHEET_DIGITS = 15

/** How many digits of a plain decimal carry its value, zeros at its end among them. */
export function countDigits(decimal: string): number {
  return decimal.replace('-', '').replace('.', '').replace(/^0+/, '').length
}

function numberCell(text: string, number: number): TypedCell {
  if (mayLackDigits(text, number)) {
    return {
      json: BigInt(number),
      trouble: 'a number of 16 or more digits, of which a spreadsheet keeps only 15',
    }
  }
  // Zeros at the end are kept where they were written; seventeen digits are a double written in full.
  const kept = /^-?(?:0|[1-9]\d*)\.\d+$/.test(text) && countDigits(text) <= SPREADSHEET_DIGITS
  return { json: kept && text !== String(number) ? rawNumber(text) : number }
}

/** Whether this may be what became of a longer number; a round one such as 6.02E+23 is itself. */
function mayLackDigits(text: string, number: number): boolean {
  if (Math.abs(number) < 1e15 || !Number.isInteger(number)) return false
  const [mantissa = '', exponent] = text.split(/e/i)
  return exponent === undefined
    ? !mantissa.includes('.')
    : countDigits(mantissa.replace(/0+$/, '')) >= SPREADSHEET_DIGITS
}

function isoCell(text: string): TypedCell {
  const date = new Date(/[zZ]$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(date.getTime())
    ? { json: text, trouble: 'the cell is a date and holds none' }
    : { json: date }
}

/** The column of a cell's name, from 1: `A1` is 1, `AB7` is 28. */
function columnOf(reference: string): number {
  let column = 0
  for (const letter of reference) {
    const place = letter.charCodeAt(0) & ~32
    if (place < 65 || place > 90) break
    column = column * 26 + place - 64
  }
  if (column < 1 || column > MAX_COLUMNS) throw new XmlError('a cell has no place')
  return column
}

export const MAX_COLUMNS = 16_384
