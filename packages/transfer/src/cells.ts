/**
 * Cells of a text file to values by column type, and back. An empty cell without quotes is null; an
 * empty cell in quotes is the empty string of a text column, and null in any other.
 */
import type { ColumnType } from '@chatlayer-tables/contract'
import { InvalidInputError, type Value } from '@chatlayer-tables/core'
import { parseJson, stringifyJson } from './json.ts'

/** A cell as it stands in a file: null when empty and not in quotes. */
export type Cell = string | null

/** What PostgreSQL reads as a boolean, in any letter case, without its unfinished words. */
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  '1': true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  '0': false,
}

/**
 * The value of a cell. Text stays as it is, to the letter; the other types lose the spaces around
 * them. Numbers stay strings, so that no digit is lost; whether they are numbers is checked by the
 * client when it writes them.
 *
 * @param type undefined for a declared type that is none we know: its cells are taken as text
 * @param place where the cell stands, for the error, such as `values.vip`
 * @throws InvalidInputError when a bool or jsonb cell is none
 */
export function cellToValue(cell: Cell, type: ColumnType | undefined, place: string): Value {
  if (cell === null) return null
  switch (type) {
    case undefined:
    case 'text':
      return cell
    case 'bool':
      return cell === '' ? null : toBoolean(cell.trim(), place)
    case 'jsonb':
      return cell === '' ? null : toJson(cell, place)
    default:
      return cell === '' ? null : cell.trim()
  }
}

function toBoolean(text: string, place: string): boolean {
  const word = text.toLowerCase()
  const value = Object.hasOwn(BOOLEANS, word) ? BOOLEANS[word] : undefined
  if (value !== undefined) return value
  throw new InvalidInputError(`${place}: a bool column takes true or false`, {
    field: place,
    hint: 'Also read, in any letter case: t, f, yes, no, y, n, on, off, 1, 0.',
  })
}

function toJson(text: string, place: string): Value {
  try {
    return parseJson(text)
  } catch {
    throw new InvalidInputError(`${place}: a jsonb column takes JSON, and this is none`, {
      field: place,
      hint: 'Text in a jsonb column stands in double quotes: "so".',
    })
  }
}

/** The cell for a value; reading it back with the same type gives the same value. */
export function valueToCell(value: Value | undefined, type: ColumnType | undefined): Cell {
  if (value === null || value === undefined) return null
  if (type === 'jsonb') return stringifyJson(value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? stringifyJson(value) : String(value)
}
