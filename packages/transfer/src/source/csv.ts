/** Delimited text as rows. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { CsvParser, type CsvRow } from './csv-parser.ts'
import type { FoundShape } from './csv-shape.ts'
import { headerName, type SourceRow, type Table } from './source.ts'

/**
 * Reads the header of a delimited text, which is its first line that is not blank. Blank lines
 * between rows are passed over and noted, except where there is one column: there a blank line is a
 * row, whose value is null.
 *
 * @throws InvalidInputError when the text is empty or no CSV; `rows` throws the same, after the rows
 *   that stand before the trouble
 */
export async function readCsv(
  chunks: AsyncGenerator<string, void, undefined>,
  shape: FoundShape,
  name: string,
  notes: string[],
): Promise<Table> {
  const batches = parse(chunks, shape, name)
  for (;;) {
    const { done, value: rows } = await batches.next()
    if (done === true) {
      throw new InvalidInputError(`${name} is empty`, {
        hint: 'The first line must name the columns.',
      })
    }
    const first = rows.findIndex((row) => !isBlank(row))
    if (first === -1) continue
    const header = rows[first]?.cells.map(headerName) ?? []
    return { header, rows: passBlank(rows.slice(first + 1), batches, header.length, notes) }
  }
}

async function* parse(
  chunks: AsyncGenerator<string, void, undefined>,
  shape: FoundShape,
  name: string,
): AsyncGenerator<CsvRow[], void, undefined> {
  const parser = new CsvParser(shape)
  const skippedLines = shape.skip > 0 ? 1 : 0
  const placed = (rows: CsvRow[]): CsvRow[] =>
    skippedLines === 0 ? rows : rows.map(({ line, cells }) => ({ line: line + 1, cells }))
  const check = (): void => {
    const { failure } = parser
    if (failure === undefined) return
    throw new InvalidInputError(`${name}, line ${failure.line + skippedLines}: ${failure.reason}`, {
      hint: 'A cell that begins with a quote ends with one, and its own quotes are doubled: "the ""best"" one".',
    })
  }
  let skip = shape.skip
  for await (const chunk of chunks) {
    yield placed(parser.push(chunk.slice(skip), false))
    check()
    skip = 0
  }
  yield placed(parser.push('', true))
  check()
}

async function* passBlank(
  first: readonly CsvRow[],
  batches: AsyncGenerator<CsvRow[], void, undefined>,
  columns: number,
  notes: string[],
): AsyncGenerator<SourceRow, void, undefined> {
  let blank = 0
  let passedOver = 0
  const judge = (row: CsvRow): boolean => {
    if (columns > 1 && isBlank(row)) {
      blank += 1
      return false
    }
    passedOver = blank
    return true
  }
  for (const row of first) if (judge(row)) yield row
  for await (const rows of batches) {
    for (const row of rows) if (judge(row)) yield row
  }
  // Those at the end are of no interest.
  if (passedOver > 0) {
    notes.push(
      passedOver === 1 ? 'a blank line passed over' : `${passedOver} blank lines passed over`,
    )
  }
}

function isBlank({ cells }: CsvRow): boolean {
  return cells.length === 1 && cells[0] === null
}
