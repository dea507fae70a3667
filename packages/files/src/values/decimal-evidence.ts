/** Checks that the numbers of a file can be read in one way only, which a single cell cannot show. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { RowPlace, Source } from '../source/source.ts'
import { shorten } from './cell-error.ts'
import { type DecimalMark, marksOf, readNumber } from './numbers.ts'

interface Example {
  readonly text: string
  readonly line: number
}

interface ColumnEvidence {
  readonly name: string
  /** A number only with a decimal point. */
  point?: Example
  /** A number only with a decimal comma. */
  comma?: Example
  /** A number either way, such as `1.234`, and taken for one with a fraction. */
  either?: Example
}

/**
 * Collects how the numbers of a file are written while the file is read. `1.234` is 1234 where
 * `12,50` is used too, and 1.234 where `12.50` is; without `--decimal` it is taken for the
 * latter. A column has two readings when it holds such a number, and
 *
 * - it also holds one that only a decimal comma makes a number, or
 * - it holds none that only a decimal point does, and the rest of the file decides it neither: another
 *   column has a decimal comma, or none has a decimal point and the cells are separated by `;`, as they
 *   are where the comma is taken.
 *
 * Columns of integers count as part of the rest of the file. They never have two readings, since
 * each of their cells that could be two numbers is rejected. With `--decimal` set, nothing is
 * uncertain.
 */
export class DecimalEvidence {
  readonly #isSet: boolean
  readonly #delimiter: string | undefined
  readonly #place: RowPlace
  readonly #columns = new Map<string, ColumnEvidence>()

  /**
   * @param decimal the mark that the caller set
   * @param source the delimiter between the cells of the file, where it has one; and what a row's place
   *   is called
   */
  constructor(
    decimal: DecimalMark | undefined,
    { delimiter, place = 'line' }: Partial<Pick<Source, 'delimiter' | 'place'>> = {},
  ) {
    this.#isSet = decimal !== undefined
    this.#delimiter = delimiter
    this.#place = place
  }

  /**
   * Examines a cell that is text, before it is read.
   *
   * @param column of the table, of type int or numeric
   */
  note(column: string, type: 'int' | 'numeric', text: string, line: number): void {
    if (this.#isSet || !(text.includes('.') || text.includes(','))) return
    let evidence = this.#columns.get(column)
    if (evidence === undefined) {
      evidence = { name: column }
      this.#columns.set(column, evidence)
    }
    const { point, comma, either } = evidence
    if (point && (either || type === 'int') && (comma || hasOnePoint(text))) return
    const trimmed = text.trim()
    switch (marksOf(trimmed)) {
      case '.':
        evidence.point ??= { text: trimmed, line }
        return
      case ',':
        evidence.comma ??= { text: trimmed, line }
        return
      case 'either':
        if (type === 'numeric' && readNumber(trimmed, false, undefined).ok) {
          evidence.either ??= { text: trimmed, line }
        }
    }
  }

  /**
   * Why the file must not be written, if so. Call it at the end of the file.
   *
   * @param isNumeric whether a column is read as numbers, where that was not known before
   */
  problem(isNumeric: (column: string) => boolean = () => true): InvalidInputError | undefined {
    const columns = [...this.#columns.values()]
    const place = this.#place
    const comma = columns.find((column) => column.comma !== undefined)
    const hasPoint = columns.some((column) => column.point !== undefined)
    const isLocal = this.#delimiter === ';' && !hasPoint
    const found = columns.flatMap((column) => {
      const { name, either, point } = column
      if (either === undefined || !isNumeric(name)) return []
      const sure = column.comma === undefined && point === undefined ? comma : column
      if (sure?.comma === undefined && (point !== undefined || !isLocal)) return []
      const why =
        sure?.comma === undefined ? 'where ";" separates cells' : nextTo(sure, column, place)
      return [
        {
          either,
          text: `${placed(either, place)} in "${shorten(name)}" ${readings(either)}, ${why}`,
        },
      ]
    })
    const [first] = found
    if (first === undefined) return undefined
    const { text } = first.either
    return new InvalidInputError(
      `numbers can be read in two ways: ${found.map((column) => column.text).join('; ')}`,
      {
        field: 'decimal',
        hint: `Pass --decimal , if the comma is the decimal mark (${text} is ${grouped(text)}), --decimal . if the point is.`,
      },
    )
  }
}

/** Whether a text can be no number by a decimal comma alone. */
function hasOnePoint(text: string): boolean {
  return !text.includes(',') && text.indexOf('.') === text.lastIndexOf('.')
}

function nextTo({ name, comma }: ColumnEvidence, column: ColumnEvidence, place: RowPlace): string {
  if (comma === undefined) return ''
  return name === column.name
    ? `next to ${placed(comma, place)}`
    : `next to ${placed(comma, place)} in "${shorten(name)}"`
}

function readings({ text }: Example): string {
  return `is ${grouped(text)} or ${text}`
}

function placed({ text, line }: Example, place: RowPlace): string {
  return `"${shorten(text)}" (${place} ${line})`
}

/** The number with a decimal comma. */
function grouped(text: string): string {
  const reading = readNumber(text, false, ',')
  return reading.ok ? reading.text : text
}
