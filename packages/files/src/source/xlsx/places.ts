/** Where cells are in a sheet. */
import { printable } from '../../values/cell-error.ts'

export const MAX_COLUMNS = 16_384
export const MAX_ROWS = 1_048_576

/** The column and line of a cell name such as `AB7`, from 1; undefined for an invalid name. */
export function readPlace(
  name: string,
): { readonly column: number; readonly line: number } | undefined {
  // By hand: this is done for each cell of a sheet, and a pattern takes three times as long.
  let at = 0
  let column = 0
  for (; at < 4; at += 1) {
    const letter = (name.charCodeAt(at) & ~32) - 64
    if (!(letter >= 1 && letter <= 26)) break
    column = column * 26 + letter
  }
  const start = at
  let line = 0
  for (; at < start + 8; at += 1) {
    const digit = name.charCodeAt(at) - 48
    if (!(digit >= 0 && digit <= 9)) break
    line = line * 10 + digit
  }
  const isWhole = at === name.length && name.charCodeAt(start) !== 48
  return isWhole && column >= 1 && column <= MAX_COLUMNS && line >= 1 && line <= MAX_ROWS
    ? { column, line }
    : undefined
}

/** `A` for column 1, `AB` for column 28. */
export function columnLetters(column: number): string {
  const letter = String.fromCharCode(65 + ((column - 1) % 26))
  return column <= 26 ? letter : columnLetters(Math.floor((column - 1) / 26)) + letter
}

export function cellName(column: number, line: number): string {
  return `${columnLetters(column)}${line}`
}

/** The prefix of a cell name, as formulas write it: `Stores!`, `'Opening hours'!`. */
export function sheetPrefix(name: string): string {
  const sheet = printable(name)
  return /^[\p{L}_][\p{L}\d_.]*$/u.test(sheet) ? `${sheet}!` : `'${sheet.replaceAll("'", "''")}'!`
}
