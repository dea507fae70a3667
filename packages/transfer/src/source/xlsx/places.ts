/** Where cells are in a sheet. */
import { printable } from '../../values/cell-error.ts'

export const MAX_COLUMNS = 16_384
export const MAX_ROWS = 1_048_576

/** The place that a cell's name such as `AB7` stands for, from 1; undefined for what is not one. */
export function readPlace(
  name: string,
): { readonly column: number; readonly line?: number } | undefined {
  const [, letters, digits] = /^([a-z]{1,3})([1-9]\d{0,6})$/i.exec(name) ?? []
  if (letters === undefined || digits === undefined) return undefined
  let column = 0
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64
  return column > MAX_COLUMNS || Number(digits) > MAX_ROWS
    ? undefined
    : { column, line: Number(digits) }
}

/** `A` for column 1, `AB` for column 28. */
export function columnLetters(column: number): string {
  const letter = String.fromCharCode(65 + ((column - 1) % 26))
  return column <= 26 ? letter : columnLetters(Math.floor((column - 1) / 26)) + letter
}

export function cellName(column: number, line: number): string {
  return `${columnLetters(column)}${line}`
}

/** What comes before a cell's name, as formulas write it: `Stores!`, `'Opening hours'!`. */
export function sheetPrefix(name: string): string {
  const sheet = printable(name)
  return /^[\p{L}_][\p{L}\d_.]*$/u.test(sheet) ? `${sheet}!` : `'${sheet.replaceAll("'", "''")}'!`
}
