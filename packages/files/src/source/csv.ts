/** Delimited text as rows. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { CsvParser, type CsvRow } from './csv-parser.ts'
import type { FoundShape } from './csv-shape.ts'
import { headerName, type SourceRow, type Table } from './source.ts'

/**
 * Reads the header of a delimited text, which is its first line that is not blank. Blank lines
 * between rows are skipped and noted, unless there is one column: then a blank line is a row whose
 * value is null.
 *
 * @throws InvalidInputError when the text is empty or not CSV; `rows` throws the same, after the rows
 *   before the problem
 */
export async function readCsv(
  chunks: AsyncGenerator<string, void, undefined>,
  shape: FoundShape,
  name: string,
  notes: string[],
): Promise<Table> {
  const batches = parse(chunks, shape, name, notes)
  for (;;) {
    const { done, value: rows } = await batches.next()
    if (done === true) {
      throw new InvalidInputError(`${name} is empty`, {
        hint: 'The first line must name the columns.',
      })
    }
    const first = rows.findIndex((row) => !isBlank(row))
    if (first === -1) continue
    const titles = rows[first]?.cells ?? []
    const passed = new PassedLines(titles, name)
    const header = titles.map(headerName)
    return { header, rows: passLines(rows.slice(first + 1), batches, passed, notes) }
  }
}

async function* parse(
  chunks: AsyncGenerator<string, void, undefined>,
  shape: FoundShape,
  name: string,
  notes: string[],
): AsyncGenerator<CsvRow[], void, undefined> {
  const parser = new CsvParser(shape)
  const skippedLines = shape.skip > 0 ? 1 : 0
  const placed = (rows: CsvRow[]): CsvRow[] =>
    skippedLines === 0 ? rows : rows.map((row) => ({ ...row, line: row.line + 1 }))
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
  if (parser.linesEndedTwice > 0)
    notes.push('lines end with an extra carriage return, which is ignored')
}

async function* passLines(
  first: readonly CsvRow[],
  batches: AsyncGenerator<CsvRow[], void, undefined>,
  passed: PassedLines,
  notes: string[],
): AsyncGenerator<SourceRow, void, undefined> {
  for (const row of first) if (!passed.passes(row)) yield row
  for await (const rows of batches) {
    for (const row of rows) if (!passed.passes(row)) yield row
  }
  notes.push(...passed.notes())
}

/** The lines of a file that are not rows. */
class PassedLines {
  readonly #titles: readonly (string | null)[]
  readonly #name: string
  #blank = 0
  #passedOver = 0
  readonly #headers: number[] = []

  constructor(titles: readonly (string | null)[], name: string) {
    this.#titles = titles
    this.#name = name
  }

  /** @throws InvalidInputError when a joined file has another header */
  passes(row: CsvRow): boolean {
    if (row.isMarked === true) {
      this.#checkHeader(row)
      this.#headers.push(row.line)
      return true
    }
    if (this.#titles.length > 1 && isBlank(row)) {
      this.#blank += 1
      return true
    }
    this.#passedOver = this.#blank
    return false
  }

  notes(): string[] {
    const blank = this.#passedOver
    const notes: string[] = []
    const { length, 0: line } = this.#headers
    if (line !== undefined) {
      const more = length > 1 ? ` and on ${length - 1} more` : ''
      notes.push(`the header is repeated on line ${line}${more}, where files were joined; skipped`)
    }
    // Blank lines at the end are not noted.
    if (blank > 0) {
      notes.push(blank === 1 ? 'a blank line skipped' : `${blank} blank lines skipped`)
    }
    return notes
  }

  #checkHeader({ line, cells }: CsvRow): void {
    const isHeader =
      cells.length === this.#titles.length &&
      cells.every((cell, index) => cell === this.#titles[index])
    if (isHeader) return
    throw new InvalidInputError(
      `${this.#name}, line ${line}: a byte order mark, as of a joined file, is not followed by the same header`,
      { field: 'header', hint: 'Read the files one by one, or remove the mark from the line.' },
    )
  }
}

function isBlank({ cells }: CsvRow): boolean {
  return cells.length === 1 && cells[0] === null
}
