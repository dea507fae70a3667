import type { Cell } from '../../../protocol/cells.ts'

/** The text of a value as it is, to search and to compare; empty for no value. */
export function plainText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell !== 'object') return String(cell)
  if ('number' in cell) return cell.number
  if ('json' in cell) return cell.json
  return ''
}

/** Equal for equal values of the same type only. */
export function cellKey(cell: Cell): string {
  return JSON.stringify(cell)
}
