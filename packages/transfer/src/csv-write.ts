import { stringify } from 'csv-stringify/sync'
import type { Cell } from './cells.ts'

/**
 * Rows as CSV text, each line ended by a newline. Null is an empty cell, the empty string an empty
 * cell in quotes; so reading tells them apart.
 */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return stringify([...rows], { quoted_match: /^$/ })
}
