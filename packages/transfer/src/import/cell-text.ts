import { stringifyJson } from '@chatlayer-tables/core'
import type { SourceCell } from '../source/source.ts'
import type { Cell } from '../values/write-cell.ts'

/** A cell of any format as a cell of a CSV file. */
export function cellText(cell: SourceCell): Cell {
  if (cell === null || typeof cell === 'string') return cell
  const { json, shown, trouble } = cell
  if (trouble !== undefined && typeof shown === 'string') return shown
  if (json === null || typeof json === 'string') return json
  return json instanceof Date ? json.toISOString() : stringifyJson(json)
}
