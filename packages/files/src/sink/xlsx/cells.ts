/** Values as cells of a worksheet; ECMA-376 part 1, section 18.3.1.4. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Value } from '@chatlayer-tables/core'
import { countDigits, SPREADSHEET_DIGITS } from '../../source/xlsx/cell-value.ts'
import { dateToSerial, serialToDate } from '../../source/xlsx/dates.ts'
import { escapeText } from '../../source/xlsx/escaped-text.ts'
import { valueToCell } from '../../values/write-cell.ts'
import { DATE_STYLE, NULL_ROW_STYLE } from './parts.ts'

/** UTF-16 units of one cell. */
export const MAX_TEXT_LENGTH = 32_767

/** The markup of a cell, empty for null; undefined for text that is too long for one. */
export function cellMarkup(
  place: string,
  value: Value | undefined,
  type: ColumnType | undefined,
): string | undefined {
  const text = valueToCell(value, type)
  if (text === null) return ''
  if ((type === 'int' || type === 'numeric') && isPlainNumber(text)) {
    return `<c r="${place}"><v>${text}</v></c>`
  }
  if (type === 'bool' && (text === 'true' || text === 'false')) {
    return `<c r="${place}" t="b"><v>${text === 'true' ? 1 : 0}</v></c>`
  }
  if (type === 'timestamp') {
    const cell = dateCell(place, text)
    if (cell !== undefined) return cell
  }
  return text.length > MAX_TEXT_LENGTH ? undefined : textCell(place, text)
}

/** Undefined where a spreadsheet has no date for a timestamp. */
export function dateCell(place: string, timestamp: string): string | undefined {
  const serial = serialOf(timestamp)
  return serial === undefined ? undefined : `<c r="${place}" s="${DATE_STYLE}"><v>${serial}</v></c>`
}

export function textCell(place: string, text: string): string {
  return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${escapeText(text)}</t></is></c>`
}

/** The first cell of a record without values: empty, with a format that distinguishes it from a blank row. */
export function nullRowCell(place: string): string {
  return `<c r="${place}" s="${NULL_ROW_STYLE}"/>`
}

/** Whether a spreadsheet keeps every digit. */
function isPlainNumber(text: string): boolean {
  return (
    /^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d+)$/.test(text) && countDigits(text) <= SPREADSHEET_DIGITS
  )
}

/** The serial number of a canonical timestamp; undefined when reading it would give another one. */
function serialOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return undefined
  const serial = dateToSerial(new Date(text))
  if (serial === undefined || serialToDate(serial, false)?.toISOString() !== text) return undefined
  return serial
}
