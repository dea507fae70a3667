/** The columns to create for a file, since a table can only be made by hand in the web app. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { InvalidInputError, stringifyJson } from '@chatlayer-tables/core'
import type { FormatName } from '../formats/format-facts.ts'
import {
  placeName,
  type RowPlace,
  type Source,
  type SourceCell,
  type SourceRow,
} from '../source/source.ts'
import { type BooleanReader, booleanReader } from '../values/booleans.ts'
import { shorten } from '../values/cell-error.ts'
import { DecimalEvidence } from '../values/decimal-evidence.ts'
import { type CellOptions, type CellReader, cellReader } from '../values/read-cell.ts'
import { textInPlaceOf } from '../values/shown-text.ts'
import { Candidates } from './candidates.ts'
import { explain } from './explain.ts'

/** A column of a file and the type to give it. */
export interface InferredColumn {
  /** The title in the header; null for a blank one, which must be named first. */
  readonly name: string | null
  readonly type: ColumnType
  /** Why this type, with the line and the value that decided it. */
  readonly evidence: string
  /** Cells that hold a value. */
  readonly values: number
  /** Cells that are empty, or hold the text that `nullText` sets. */
  readonly nulls: number
  /** Cells that hold the empty text: values of a text column, null in any other. */
  readonly empty: number
  /** The first different values, up to three, printable and shortened. */
  readonly examples: readonly string[]
  /** Length of the longest value, in characters. */
  readonly longest: number
}

export interface InferOptions extends CellOptions {
  readonly signal?: AbortSignal | undefined
}

export interface Inference {
  readonly format: FormatName
  readonly rows: number
  readonly columns: readonly InferredColumn[]
  /** What was found out about the file, see {@link Source}. */
  readonly notes: readonly string[]
  /** Problems that an import would report with any types. */
  readonly problems: readonly string[]
}

/**
 * Reads a file to its end and finds the type of each column: one that all its values can be imported
 * as, text where there is no other. Nothing that a type would lose, such as a leading zero, is given
 * up for it. Memory does not grow with the file.
 *
 * @param options as the file will be imported with
 * @throws InvalidInputError when the file stops being readable, or an option cannot be used; the
 *   signal's reason
 */
export async function inferColumns(source: Source, options: InferOptions = {}): Promise<Inference> {
  const readers = { read: cellReader(options), readBoolean: booleanReader(options) }
  const columns = source.header.map(
    (name) => new ColumnStudy(name, readers, options.nullText, source.place),
  )
  const problems = new Problems(source)
  const title = (index: number): string => source.header[index] ?? placeName(index)
  const decimals = new DecimalEvidence(options.decimal, source)
  let rows = 0
  for await (const row of source.rows) {
    options.signal?.throwIfAborted()
    rows += 1
    problems.look(row)
    for (const [index, column] of columns.entries()) {
      const cell = row.cells[index] ?? null
      column.look(cell, row.line)
      const text = typeof cell === 'object' ? cell?.json : cell
      if (typeof text === 'string') decimals.note(title(index), 'numeric', text, row.line)
    }
  }
  const inferred = columns.map((column) => column.result())
  const numeric = inferred.flatMap(({ type }, index) => (type === 'numeric' ? title(index) : []))
  const twoReadings = decimals.problem((name) => numeric.includes(name))
  return {
    format: source.format,
    rows,
    columns: inferred,
    notes: source.notes,
    problems: [...problems.result(), ...messageOf(twoReadings)],
  }
}

function messageOf(error: InvalidInputError | undefined): string[] {
  return error === undefined ? [] : [`${error.message}. ${error.hint}`]
}

interface Readers {
  readonly read: CellReader
  readonly readBoolean: BooleanReader
}

const EXAMPLES = 3

class ColumnStudy {
  readonly #name: string | null
  readonly #nullText: string | undefined
  readonly #place: RowPlace
  readonly #candidates: Candidates
  readonly #read: CellReader
  readonly #examples = new Set<string>()
  #values = 0
  #nulls = 0
  #empty = 0
  #longest = 0
  /** Why a cell is not even text, such as a date in a spreadsheet. */
  #notText: string | undefined

  constructor(
    name: string | null,
    readers: Readers,
    nullText: string | undefined,
    place: RowPlace,
  ) {
    this.#name = name
    this.#read = readers.read
    this.#nullText = nullText
    this.#place = place
    this.#candidates = new Candidates(readers.read, readers.readBoolean)
  }

  look(cell: SourceCell, line: number): void {
    if (cell === null) {
      this.#nulls += 1
      return
    }
    if (hasProblem(cell)) return
    const text = textOf(cell)
    if (text === this.#nullText) this.#nulls += 1
    else if (text === '') this.#empty += 1
    else this.#lookAtValue(cell, text, line)
  }

  result(): InferredColumn {
    const type = this.#candidates.best ?? 'text'
    return {
      name: this.#name,
      type,
      evidence: explain(type, this.#candidates, {
        values: this.#values,
        notText: this.#notText,
        place: this.#place,
      }),
      values: this.#values,
      nulls: this.#nulls,
      empty: this.#empty,
      examples: [...this.#examples].map(shorten),
      longest: this.#longest,
    }
  }

  #lookAtValue(cell: Exclude<SourceCell, null>, text: string, line: number): void {
    this.#values += 1
    if (text.length > this.#longest) this.#longest = text.length
    if (this.#examples.size < EXAMPLES) this.#examples.add(text)
    this.#candidates.judge(cell, text, line)
    if (typeof cell !== 'string' && this.#notText === undefined) this.#checkText(cell, text, line)
  }

  #checkText(cell: SourceCell, text: string, line: number): void {
    try {
      this.#read(cell, 'text', 'text')
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      this.#notText = `"${shorten(text)}" (${this.#place} ${line}) is not text: ${error.hint}`
    }
  }
}

function textOf(cell: Exclude<SourceCell, null>): string {
  if (typeof cell === 'string') return cell
  const shown = textInPlaceOf(cell)
  if (shown !== undefined) return shown
  const { json } = cell
  if (json instanceof Date) return json.toISOString()
  return typeof json === 'string' ? json : stringifyJson(json)
}

/** Collects problems of the header and of whole rows. */
class Problems {
  readonly #width: number
  readonly #place: RowPlace
  readonly #found: string[] = []
  #ragged = 0
  #firstRagged = 0
  #withProblem = 0
  #firstProblem = 0

  constructor({ header, place }: Source) {
    this.#width = header.length
    this.#place = place
    const names = header.filter((name) => name !== null)
    const blank = header.flatMap((name, index) => (name === null ? [index + 1] : []))
    if (blank.length > 0) {
      this.#found.push(`${blank.length > 1 ? 'columns' : 'column'} ${blank.join(', ')}: no name`)
    }
    const seen = new Set<string>()
    const double = new Set(names.filter((name) => seen.has(name) || !seen.add(name)))
    for (const name of double) this.#found.push(`"${shorten(name)}" names several columns`)
  }

  look({ line, cells, problem }: SourceRow): void {
    if (problem !== undefined || cells.some(hasProblem)) {
      if (this.#withProblem++ === 0) this.#firstProblem = line
    } else if (cells.length !== this.#width && this.#ragged++ === 0) {
      this.#firstRagged = line
    }
  }

  result(): string[] {
    const lineOf = (count: number, what: string, first: number): string[] =>
      count === 0
        ? []
        : [`${count === 1 ? 'a row' : `${count} rows`} ${what}, first in ${this.#place} ${first}`]
    return [
      ...this.#found,
      ...lineOf(this.#ragged, 'with more or fewer cells than the header', this.#firstRagged),
      ...lineOf(this.#withProblem, 'with a value that cannot be used', this.#firstProblem),
    ]
  }
}

/** Whether a cell cannot be read even as text. A time of day can. */
function hasProblem(cell: SourceCell): boolean {
  if (cell === null || typeof cell === 'string') return false
  return cell.problem !== undefined && typeof cell.shown !== 'string'
}
