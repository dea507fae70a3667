/**
 * Rows of a file in a file of the same kind, each cell as it was: the settings that read the one read
 * the other, to the same values.
 */

import type { Output, Source } from '@chatlayer-tables/files'
import {
  csvHeader,
  csvLine,
  dateCell,
  escapeText,
  SheetWriter,
  separatorLine,
  textCell,
} from '@chatlayer-tables/files'
import type { KeptCell } from './kept-problem.ts'

/** What tells how a file is written. */
export interface FileShape extends Pick<Source, 'format' | 'header' | 'delimiter' | 'isPlainUtf8'> {
  /** The sheet that was asked for. */
  readonly sheet: string | undefined
  /** Which columns of the file go into text columns, counted from 0. */
  readonly textColumns: ReadonlySet<number>
}

export interface RowFile {
  row(cells: readonly KeptCell[]): Promise<void>
  /** Writes what ends the file. */
  end(): Promise<void>
}

/** How the names of such files end. */
export function extensionOf({ format, delimiter }: FileShape): string {
  if (format !== 'csv' && format !== 'tsv') return format
  return delimiter === '\t' ? 'tsv' : 'csv'
}

const WRITERS: Readonly<Record<Source['format'], (shape: FileShape, out: Output) => RowFile>> = {
  csv: delimited,
  tsv: delimited,
  ndjson: (shape, out) => objects(shape, out, { before: '', between: '\n', after: '\n' }),
  json: (shape, out) => objects(shape, out, { before: '[\n', between: ',\n', after: '\n]\n' }),
  xlsx: workbook,
}

export function rowFile(shape: FileShape, out: Output): RowFile {
  return WRITERS[shape.format](shape, out)
}

/** A byte order mark goes before any `--encoding` that was said for the file itself. */
function mark({ isPlainUtf8 }: FileShape): string {
  return isPlainUtf8 ? '' : '\ufeff'
}

function delimited(shape: FileShape, out: Output): RowFile {
  const { header, delimiter = ',' } = shape
  let head = `${mark(shape)}${separatorLine(delimiter)}${csvHeader(header, delimiter)}`
  return {
    async row(cells) {
      await out.write(head + csvLine(cells.map(plainText), delimiter))
      head = ''
    },
    end: () => out.write(head),
  }
}

function plainText(cell: KeptCell): string | null {
  if (cell === null || typeof cell === 'string') return cell
  return 'json' in cell ? cell.json : cell.date
}

interface Frame {
  readonly before: string
  readonly between: string
  readonly after: string
}

function objects(shape: FileShape, out: Output, { before, between, after }: Frame): RowFile {
  const { header } = shape
  // Keys of spaces alone are blank to a reader, and are to stay apart.
  const keys = header.map((title, index) => JSON.stringify(title ?? ' '.repeat(index)))
  let start = mark(shape) + before
  return {
    async row(cells) {
      const members = keys.map((key, index) => `${key}:${jsonText(cells[index] ?? null)}`)
      const others = cells.slice(keys.length).flatMap((cell) => membersOf(cell))
      await out.write(`${start}{${[...members, ...others].join(',')}}`)
      start = between
    },
    end: () => out.write(after),
  }
}

/** The text of a JSON value stays as it is. */
function jsonText(cell: KeptCell): string {
  if (cell === null) return 'null'
  if (typeof cell === 'string') return JSON.stringify(cell)
  return 'json' in cell ? cell.json : JSON.stringify(cell.date)
}

/** Behind the cells of the header, an object holds a key that it lacks, with its value. */
function membersOf(cell: KeptCell): string[] {
  const text = jsonText(cell)
  return text.startsWith('{') && text.length > 2 ? [text.slice(1, -1)] : []
}

function workbook({ header, sheet, textColumns }: FileShape, out: Output): RowFile {
  const writer = new SheetWriter(out, sheet)
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
}

/** The formats of numbers are not kept, only what they show. */
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
