/** A worksheet of an XLSX file as rows. */
import { InvalidInputError, nearest } from '@chatlayer-tables/core'
import { type RandomAccess, ZipArchive, ZipError } from '../../zip/zip.ts'
import { headerName, type SourceCell, type SourceRow, type Table } from '../source.ts'
import { SheetReader } from './sheet.ts'
import {
  readSharedStrings,
  readStyles,
  readWorkbook,
  type Sheet,
  scanning,
  type Workbook,
} from './workbook.ts'
import { XmlError } from './xml.ts'

/**
 * Reads the header of a sheet, which is its first row with a value. The sheet is streamed; the texts
 * that a workbook's cells share are held in memory.
 *
 * @param wanted a sheet's name; the first that is not hidden when left out
 * @throws InvalidInputError when this is no XLSX, or has no such sheet; `rows` throws the same when
 *   the file is damaged further on
 */
export async function readXlsx(
  bytes: RandomAccess,
  wanted: string | undefined,
  name: string,
  notes: string[],
): Promise<Table> {
  try {
    const zip = await ZipArchive.open(bytes)
    const workbook = await readWorkbook(zip)
    if (workbook === undefined) {
      throw new InvalidInputError(`${name} is no XLSX file`, {
        hint: 'Open it in a spreadsheet program and save it as "Excel workbook (.xlsx)".',
      })
    }
    const sheet = chooseSheet(workbook, wanted, name, notes)
    const context = {
      strings: await readSharedStrings(zip, workbook.stringsPath),
      kinds: await readStyles(zip, workbook.stylesPath),
      epoch1904: workbook.epoch1904,
    }
    const reader = new SheetReader(context)
    const batches = rowsOf(zip, sheet, reader)
    for (;;) {
      const { done, value: batch } = await batches.next()
      if (done === true) throw new InvalidInputError(`${name}: the sheet "${sheet.name}" is empty`)
      const [first, ...others] = batch
      if (first === undefined) continue
      const header = first.cells.map(title)
      const rows = pad(others, batches, header.length, name, () => tellMerged(reader, notes))
      return { header, rows }
    }
  } catch (error) {
    throw inWords(error, name)
  }
}

function chooseSheet(
  { sheets }: Workbook,
  wanted: string | undefined,
  name: string,
  notes: string[],
): Sheet {
  const names = sheets.map((one) => one.name)
  const sheet =
    wanted === undefined
      ? (sheets.find(({ hidden }) => !hidden) ?? sheets[0])
      : sheets.find((one) => one.name === wanted)
  if (sheet !== undefined) {
    if (sheets.length > 1) notes.push(`sheet "${sheet.name}" of ${sheets.length}`)
    return sheet
  }
  if (wanted === undefined) throw new InvalidInputError(`${name} has no sheets`)
  const near = nearest(wanted, names)
  throw new InvalidInputError(`${name} has no sheet "${wanted}"`, {
    field: 'sheet',
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}Its sheets: ${names.join(', ')}.`,
  })
}

async function* rowsOf(
  zip: ZipArchive,
  { path }: Sheet,
  reader: SheetReader,
): AsyncGenerator<SourceRow[], void, undefined> {
  for await (const _ of scanning(zip, path, reader)) yield reader.take()
  yield reader.take()
}

/** Cells at the end of a row that hold nothing are not in the file. */
async function* pad(
  first: readonly SourceRow[],
  batches: AsyncGenerator<SourceRow[], void, undefined>,
  columns: number,
  name: string,
  atEnd: () => void,
): AsyncGenerator<SourceRow, void, undefined> {
  const padded = ({ line, cells }: SourceRow): SourceRow => {
    const missing = columns - cells.length
    if (missing <= 0) return { line, cells }
    return { line, cells: [...cells, ...new Array<SourceCell>(missing).fill(null)] }
  }
  try {
    for (const row of first) yield padded(row)
    for await (const batch of batches) {
      for (const row of batch) yield padded(row)
    }
    atEnd()
  } catch (error) {
    throw inWords(error, name)
  }
}

function tellMerged({ merged }: SheetReader, notes: string[]): void {
  if (merged > 0) notes.push('merged cells: their value stands in the first of them alone')
}

/** A title that is a number or a date stands as its text. */
function title(cell: SourceCell): string | null {
  if (cell === null || typeof cell === 'string') return headerName(cell)
  return cell.json instanceof Date ? cell.json.toISOString().slice(0, 10) : String(cell.json)
}

function inWords(error: unknown, name: string): unknown {
  if (!(error instanceof XmlError || error instanceof ZipError)) return error
  return new InvalidInputError(`cannot read ${name} as XLSX: ${error.message}`, {
    hint: 'Open it in a spreadsheet program and save it again, without a password.',
  })
}
