/** Records as CSV for the clipboard. Pure. */
import type { RecordRow } from '../../protocol/records.ts'
import { rawText } from '../kit/cell-text.ts'
import type { Field } from './fields.ts'

/** RFC 4180. Values are exact: none is changed for spreadsheets. */
export function recordsCsv(fields: readonly Field[], rows: readonly RecordRow[]): string {
  const lines = [
    fields.map(({ title }) => title),
    ...rows.map((row) => fields.map(({ value }) => rawText(value(row)))),
  ]
  return `${lines.map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Whether a spreadsheet may calculate a value instead of showing it. */
export function hasFormula(fields: readonly Field[], rows: readonly RecordRow[]): boolean {
  return rows.some((row) =>
    fields.some(({ value }) => {
      const cell = value(row)
      return typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell)
    }),
  )
}
