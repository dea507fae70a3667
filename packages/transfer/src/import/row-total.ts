import type { Source } from '../source/source.ts'

/** Formats of which a row takes some lines, the same number over the whole file. */
const BY_LINE: readonly Source['format'][] = ['csv', 'tsv', 'ndjson']

/** How many rows a file seems to have, told by how many lines those read so far took. */
export class RowTotal {
  readonly #lines: number | undefined
  #firstLine: number | undefined

  /** @param lines of the file, where that is known */
  constructor({ format }: Pick<Source, 'format'>, lines: number | undefined) {
    this.#lines = BY_LINE.includes(format) ? lines : undefined
  }

  /** @param line where row `n` begins; rows come in their order */
  total(n: number, line: number): number | undefined {
    if (this.#lines === undefined) return undefined
    this.#firstLine ??= line
    const rowsPerLine = n === 1 ? 1 : (n - 1) / (line - this.#firstLine)
    const left = Math.max(1, (this.#lines - line + 1) * rowsPerLine)
    return n - 1 + Math.round(left)
  }
}
