/** Small XLSX files for tests, part by part, as no library would write them. */
import { Output } from '../src/sink/output.ts'
import type { SourceCell } from '../src/source/source.ts'
import { ZipWriter } from '../src/zip/zip-writer.ts'
import { Collector, type ReadSource, readAll } from './reading.ts'

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

export interface WorkbookParts {
  /** Content of `sheetData`. */
  readonly sheet: string
  /** Content of `sst`. */
  readonly strings?: string
  /** Content of `styleSheet`. */
  readonly styles?: string
  /** Content of `workbook`. */
  readonly workbook?: string
  /** By path; the same path as above takes its place. */
  readonly others?: Readonly<Record<string, string | Uint8Array>>
}

export const SHEETS = '<sheets><sheet name="Stores" sheetId="1" r:id="rId1"/></sheets>'

export const SHEET_PATH = 'xl/worksheets/sheet7.xml'

/** An archive of these files. */
export async function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const out = new Collector()
  const zip = new ZipWriter(new Output(out))
  for (const [path, content] of Object.entries(files)) {
    await zip.begin(path)
    await zip.write(content)
    await zip.finish()
  }
  await zip.end()
  return out.bytes
}

export function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`
}

/** A workbook as other programs lay it out: the sheet is where the relations say. */
export function workbook(parts: WorkbookParts): Promise<Buffer> {
  return zipOf({
    '_rels/.rels': `<Relationships>${relation('r', 'officeDocument', '/xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `<workbook xmlns:r="${OFFICE}">${parts.workbook ?? SHEETS}</workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${[
      relation('rId1', 'worksheet', 'worksheets/sheet7.xml'),
      relation('rId2', 'worksheet', '/xl/worksheets/other.xml'),
      relation('rId3', 'sharedStrings', 'sharedStrings.xml'),
      relation('rId4', 'styles', 'styles.xml'),
      relation('rId5', 'chartsheet', 'chartsheets/sheet1.xml'),
    ].join('')}</Relationships>`,
    [SHEET_PATH]: `<?xml version="1.0"?><worksheet><sheetData>${parts.sheet}</sheetData></worksheet>`,
    ...(parts.strings && { 'xl/sharedStrings.xml': `<sst>${parts.strings}</sst>` }),
    ...(parts.styles && { 'xl/styles.xml': `<styleSheet>${parts.styles}</styleSheet>` }),
    ...parts.others,
  })
}

/** A cell of text. */
export function textCell(place: string, value: string): string {
  return `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`
}

/** Row 1, with these titles from column A on. */
export function headerRow(...titles: string[]): string {
  const cells = titles.map((title, index) => textCell(`${String.fromCharCode(65 + index)}1`, title))
  return `<row r="1">${cells.join('')}</row>`
}

/** Reads rows below a header of the columns a, b and c. */
export async function readRows(
  rows: string,
  parts: Omit<WorkbookParts, 'sheet'> = {},
): Promise<ReadSource> {
  return readAll(await workbook({ ...parts, sheet: headerRow('a', 'b', 'c') + rows }))
}

/** The cell A2 of the markup. */
export async function readCell(
  markup: string,
  parts: Omit<WorkbookParts, 'sheet'> = {},
): Promise<SourceCell | undefined> {
  const sheet = `${headerRow('a')}<row r="2">${markup}</row>`
  const { rows, error } = await readAll(await workbook({ ...parts, sheet }))
  if (error !== undefined) throw error
  return rows[0]?.cells[0]
}
