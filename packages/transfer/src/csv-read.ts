/** CSV files, row by row with their line numbers. */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { finished } from 'node:stream/promises'
import { InvalidInputError } from '@chatlayer-tables/core'
import { type CsvError, type Parser, parse } from 'csv-parse'
import type { Cell } from './cells.ts'

export interface CsvRow {
  /** The line on which the row begins, from 1. */
  readonly line: number
  readonly cells: readonly Cell[]
}

export interface CsvFile {
  readonly header: readonly Cell[]
  /** The rows below the header. Blank lines are passed over, except where there is one column. */
  readonly rows: AsyncGenerator<CsvRow, void, undefined>
  /** How much of the file has been read. */
  bytesRead(): number
}

/** In characters. Only a quote that nobody closed makes a row that long. */
const LONGEST_ROW = 64 * 1024 * 1024

/** In bytes: what is read, and parsed, at once. */
const CHUNK = 64 * 1024

/**
 * Opens a CSV file (UTF-8, with or without a byte order mark; commas) and reads its header.
 *
 * @throws InvalidInputError when it cannot be read, is empty, or is no CSV; `rows` throws the same,
 *   after the rows that stand before the trouble
 */
export async function openCsv(path: string): Promise<CsvFile> {
  const name = basename(path)
  let bytes = 0
  async function* text(): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      bytes += chunk.length
      yield decoder.decode(chunk, { stream: true })
    }
    yield decoder.decode()
  }
  const rows = readRows(text(), name)
  const first = await rows.next()
  if (first.done === true) {
    throw new InvalidInputError(`${name} is empty`, {
      hint: 'The first line must name the columns.',
    })
  }
  const header = first.value.cells
  return { header, rows: withoutBlankLines(rows, header.length), bytesRead: () => bytes }
}

async function* readRows(
  text: AsyncIterable<string>,
  name: string,
): AsyncGenerator<CsvRow, void, undefined> {
  let line = 1
  let rows: CsvRow[] = []
  const parser = parse({
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
    // Rows are taken here, not from the stream, which loses the last ones when an error follows.
    on_record: (cells: Cell[], { lines }) => {
      rows.push({ line, cells })
      line = lines + 1
      return null
    },
  })
  // Failures come with the write that they befall; without a listener they would end the process.
  parser.on('error', () => undefined)
  const takeRows = (): CsvRow[] => {
    const taken = rows
    rows = []
    return taken
  }
  try {
    for await (const chunk of text) {
      const failure = await write(parser, chunk)
      yield* takeRows()
      if (failure !== undefined) throw failure
    }
    const failure = await end(parser)
    yield* takeRows()
    if (failure !== undefined) throw failure
  } catch (error) {
    throw describe(error, name)
  } finally {
    parser.destroy()
  }
}

/** @returns what is wrong with the text, if anything is */
function write(parser: Parser, chunk: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    parser.write(chunk, (error) => resolve(error ?? undefined))
  })
}

function end(parser: Parser): Promise<Error | undefined> {
  return finished(parser.resume().end()).then(
    () => undefined,
    (error: Error) => error,
  )
}

async function* withoutBlankLines(
  rows: AsyncGenerator<CsvRow, void, undefined>,
  columns: number,
): AsyncGenerator<CsvRow, void, undefined> {
  for await (const row of rows) {
    // In a file of one column a blank line is a row, whose value is null.
    if (columns > 1 && row.cells.length === 1 && row.cells[0] === null) continue
    yield row
  }
}

/** Says what is wrong with the file in words of ours; the parser's own repeat what stands there. */
function describe(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const { code } = error as NodeJS.ErrnoException
  const system = code === undefined ? undefined : SYSTEM_ERRORS[code]
  if (system !== undefined) return new InvalidInputError(`cannot read ${name}: ${system}`)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new InvalidInputError(`${name} is not UTF-8 text`, {
      hint: 'Save it as "CSV UTF-8" and import that.',
    })
  }
  const csv = CSV_ERRORS[code as CsvError['code']]
  if (csv === undefined) return error
  const { lines } = error as CsvError
  return new InvalidInputError(`${name}, line ${Number(lines)}: ${csv}`, {
    hint: 'A cell that holds a quote, a comma or a line break stands in quotes, and its own quotes are doubled: "5"" pipe".',
  })
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
}

const CSV_ERRORS: Readonly<Partial<Record<CsvError['code'], string>>> = {
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell',
  CSV_INVALID_CLOSING_QUOTE: 'something follows the closing quote of a cell',
  CSV_QUOTE_NOT_CLOSED: 'a quote was opened and never closed',
  CSV_MAX_RECORD_SIZE: 'the row is too long; probably a quote was opened and never closed',
}
