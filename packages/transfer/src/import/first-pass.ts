/**
 * The first pass over the file of an import: what shows only once the whole has been read is found
 * before the first row is written.
 */
import { type ChatlayerError, InvalidInputError } from '@chatlayer-tables/core'
import type { RowPlace } from '@chatlayer-tables/files'
import type { TransferSituation } from '../errors/situations.ts'
import type { ReadRow, RowReader } from '../rows/row-reader.ts'
import type { ImportProgress, ImportSettings, RunOptions } from './import-types.ts'

export interface FirstPassOptions extends Pick<RunOptions, 'signal'> {
  /** Called for each row, with how many were read. */
  readonly onRead?: ((rows: number) => void) | undefined
}

/** Rows that cannot be read are named up to this many. */
const MAX_NAMED = 5

/** The progress during the first pass. */
export const NO_PROGRESS: ImportProgress = {
  phase: 'reading',
  ...{ read: 0, ok: 0, unchanged: 0, rejected: 0, unknown: 0, unsent: 0, storedOtherwise: 0 },
  ...{ before: 0, total: undefined, compared: 0 },
}

export class FirstPass {
  /** Rows read so far. */
  read = 0
  /** Rows with an invalid cell or an invalid number of cells. */
  rejected = 0
  readonly #reader: RowReader
  readonly #options: FirstPassOptions
  readonly #named: string[] = []

  constructor(reader: RowReader, options: FirstPassOptions = {}) {
    this.#reader = reader
    this.#options = options
  }

  /** What the place of a row is called. */
  get place(): RowPlace {
    return this.#reader.place
  }

  /**
   * All rows of the file.
   *
   * @throws InvalidInputError where the file stops being readable, or its numbers have two readings,
   *   and the reason of an abort
   */
  async *rows(): AsyncGenerator<ReadRow, void, undefined> {
    for await (const item of this.#reader.rowsOfCertainNumbers()) {
      this.#count(item)
      yield item
    }
  }

  /** Reads to the end of the file. @throws as {@link rows} does */
  async run(): Promise<void> {
    for await (const item of this.#reader.rowsOfCertainNumbers()) this.#count(item)
  }

  #count({ n, row, errors }: ReadRow): void {
    const { signal, onRead } = this.#options
    signal?.throwIfAborted()
    this.read = n
    onRead?.(n)
    if (errors !== undefined) this.reject(row.line, errors)
  }

  /** A row that will be rejected. */
  reject(line: number, errors: readonly ChatlayerError[]): void {
    this.rejected++
    if (this.#named.length < MAX_NAMED)
      this.#named.push(`${this.place} ${line}: ${errors[0]?.message}`)
  }

  /** @throws InvalidInputError where more rows will be rejected than the caller allows */
  checkErrors({ maxErrors }: Pick<ImportSettings, 'maxErrors'>): void {
    const { rejected } = this
    if (maxErrors === undefined || rejected < maxErrors) return
    const more = rejected > this.#named.length ? `; and ${rejected - this.#named.length} more` : ''
    throw new InvalidInputError(
      `${rejected === 1 ? 'a row' : `${rejected} rows`} of the ${this.#reader.inputKind} cannot be written, and the limit is ${maxErrors}: ${this.#named.join('; ')}${more}`,
      {
        field: 'maxErrors',
        hint: `Nothing was written. Fix the ${this.#reader.inputKind === 'file' ? 'file' : 'rows'}.`,
        situation: { code: 'ROWS_REJECTED' } satisfies TransferSituation,
      },
    )
  }
}
