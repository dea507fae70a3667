/** XLSX: a workbook in a ZIP archive. */
import { dateCell, textCell } from '../sink/xlsx/cells.ts'
import { SheetWriter } from '../sink/xlsx/sheet-writer.ts'
import { XlsxSink } from '../sink/xlsx/xlsx.ts'
import { escapeText } from '../source/xlsx/escaped-text.ts'
import { readXlsx } from '../source/xlsx/xlsx.ts'
import type { KeptCell } from '../values/kept-cell.ts'
import type { ZipFormat } from './format.ts'

export const xlsx: ZipFormat = {
  async readZip({ bytes, name, options, notes }) {
    return { table: await readXlsx(bytes, options.sheet, name, notes), format: 'xlsx' }
  },
  createSink: (columns, output) => new XlsxSink(columns, output),
  createRowWriter({ header, sheet, textColumns }, output) {
    const writer = new SheetWriter(output, sheet)
    const markup = (cells: readonly KeptCell[]): string => {
      const cell = (kept: KeptCell, index: number): string =>
        sheetCell(writer.place(index), textColumns.has(index) ? asShown(kept) : kept)
      return writer.row(cells.map(cell).join(''))
    }
    const head = (): string => (writer.rows === 0 ? markup(header) : '')
    return {
      row: (cells) => writer.write(head() + markup(cells)),
      async end() {
        await writer.write(head())
        await writer.end(header.length)
      },
    }
  },
}

/** Number formats are not written to the new file, so a text column gets what the old ones showed. */
function asShown(cell: KeptCell): KeptCell {
  const isFormatted = cell !== null && typeof cell === 'object' && 'json' in cell
  return isFormatted ? (cell.shown ?? cell) : cell
}

function sheetCell(place: string, cell: KeptCell): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return textCell(place, cell)
  if ('date' in cell) return dateCell(place, cell.date) ?? textCell(place, cell.date)
  const { json } = cell
  if (json === 'true' || json === 'false') {
    return `<c r="${place}" t="b"><v>${json === 'true' ? 1 : 0}</v></c>`
  }
  const value: unknown = json.startsWith('"') ? JSON.parse(json) : undefined
  return typeof value === 'string'
    ? textCell(place, value)
    : `<c r="${place}"><v>${escapeText(json)}</v></c>`
}
