/** A worksheet of an XLSX file as rows. */
import { InvalidInputError, nearest } from '@chatlayer-tables/core'
import { type RandomAccess, ZipArchive, ZipError } from '../../zip/zip.ts'
import type { SourceRow, Table } from '../source.ts'
import { Turns } from '../turns.ts'
import { Grid, readHeader } from './grid.ts'
import { scanning } from './parts.ts'
import { SheetReader, type SheetRow } from './sheet.ts'
import { loadRenderer } from './shown.ts'
import { readSharedStrings } from './strings.ts'
import { readStyles } from './styles.ts'
import { readWorkbook, type Sheet, type Workbook } from './workbook.ts'
import { XmlError } from './xml.ts'

/** A workbook has a dozen, and some for each sheet. */
const MAX_ENTRIES = 10_000
/** A higher ratio is treated as an attack. Sheets that programs write reach 10 or 20. */
const MAX_RATIO = 100
/** How many sheets a hint names. */
const MAX_LISTED = 20

/**
 * Reads the header of a sheet, which is its first row with a value. The sheet is streamed; the texts
 * that a workbook's cells share are held in memory.
 *
 * @param wanted the name of a sheet (default: the first that is not hidden)
 * @throws InvalidInputError when this is not XLSX, or has no such sheet; `rows` throws the same when
 *   a later part of the file is damaged
 */
export async function readXlsx(
  bytes: RandomAccess,
  wanted: string | undefined,
  name: string,
  notes: string[],
): Promise<Table> {
  try {
    const zip = await openArchive(bytes)
    const workbook = await readWorkbook(zip)
    if (workbook === undefined) {
      throw new InvalidInputError(`${name} is not an XLSX file`, {
        hint: 'Open it in a spreadsheet program and save it as "Excel workbook (.xlsx)".',
      })
    }
    const sheet = chooseSheet(workbook, wanted, name, notes)
    const formats = await readStyles(zip, workbook.stylesPath)
    const reader = new SheetReader(sheet.name, {
      strings: await readSharedStrings(zip, workbook.stringsPath),
      formats,
      render: await loadRenderer(formats),
      epoch1904: workbook.epoch1904,
    })
    const batches = rowsOf(zip, sheet, reader)
    for (;;) {
      const { done, value: batch } = await batches.next()
      if (done === true) throw new InvalidInputError(`${name}: the sheet "${sheet.name}" is empty`)
      const [first, ...others] = batch
      if (first === undefined) continue
      const header = readHeader(first, notes)
      const grid = new Grid(sheet.name, header.length)
      const rows = rowsBelow(others, batches, grid, name, () => noteMergedCells(reader, notes))
      return { header, rows }
    }
  } catch (error) {
    throw inWords(error, name)
  }
}

async function openArchive(bytes: RandomAccess): Promise<ZipArchive> {
  const zip = await ZipArchive.open(bytes, { maxEntries: MAX_ENTRIES, maxRatio: MAX_RATIO })
  if (!zip.areApart) throw new ZipError('parts of it overlap')
  if (zip.hasDuplicateNames) throw new ZipError('several of its parts have the same name')
  return zip
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
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''
  const listed = names.slice(0, MAX_LISTED).join(', ') + more
  throw new InvalidInputError(`${name} has no sheet "${wanted}"`, {
    field: 'sheet',
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}Its sheets: ${listed}.`,
  })
}

async function* rowsOf(
  zip: ZipArchive,
  { path }: Sheet,
  reader: SheetReader,
): AsyncGenerator<SheetRow[], void, undefined> {
  for await (const _ of scanning(zip, path, reader)) yield reader.take()
  yield reader.take()
}

async function* rowsBelow(
  first: readonly SheetRow[],
  batches: AsyncGenerator<SheetRow[], void, undefined>,
  grid: Grid,
  name: string,
  atEnd: () => void,
): AsyncGenerator<SourceRow, void, undefined> {
  const turns = new Turns()
  try {
    for (let batch: readonly SheetRow[] | undefined = first; batch !== undefined; ) {
      for (const row of batch) {
        const read = grid.row(row)
        if (read === undefined) continue
        yield read
        if (turns.isDue) await turns.pass()
      }
      const next = await batches.next()
      batch = next.done === true ? undefined : next.value
    }
    atEnd()
  } catch (error) {
    throw inWords(error, name)
  } finally {
    await batches.return()
  }
}

function noteMergedCells({ merged }: SheetReader, notes: string[]): void {
  if (merged > 0) notes.push('merged cells: their value is in the first of them only')
}

function inWords(error: unknown, name: string): unknown {
  if (!(error instanceof XmlError || error instanceof ZipError)) return error
  return new InvalidInputError(`cannot read ${name} as XLSX: ${error.message}`, {
    hint: 'Open it in a spreadsheet program and save it again, without a password.',
  })
}
