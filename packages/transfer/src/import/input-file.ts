import { ChatlayerError, type Table } from '@chatlayer-tables/core'
import { openSource } from '../source/open-source.ts'
import type { Source } from '../source/source.ts'
import type { ReadingSettings } from './import-types.ts'
import { RowReader } from './row-reader.ts'

/** How many rows are counted between two questions whether that is enough. */
const ROWS_BETWEEN_LOOKS = 1_000

/** The file of an import, which can be read more than once. */
export class InputFile implements AsyncDisposable {
  readonly path: string
  readonly #settings: ReadingSettings
  /** The first to read the rows from; those after it are opened when they are needed. */
  readonly #first: Source
  #table: Table | undefined
  #opened: Source[]
  #isRead = false

  private constructor(path: string, settings: ReadingSettings, first: Source) {
    this.path = path
    this.#settings = settings
    this.#first = first
    this.#opened = [first]
  }

  /** @throws InvalidInputError when it cannot be read, or has no header */
  static async open(path: string, settings: ReadingSettings): Promise<InputFile> {
    return new InputFile(path, settings, await openSource({ path }, settings))
  }

  get format(): Source['format'] {
    return this.#first.format
  }

  get header(): Source['header'] {
    return this.#first.header
  }

  get notes(): Source['notes'] {
    return this.#first.notes
  }

  /** The columns of the table that the file fills. @throws InvalidInputError when its own do not fit */
  match(table: Table): string[] {
    this.#table = table
    return new RowReader(this.#first, table, this.#settings).columns.map(({ name }) => name)
  }

  /** Reads the rows from the first on. To be called once the columns are matched. */
  async reader(): Promise<RowReader> {
    if (this.#table === undefined) throw new Error('the columns are not matched yet')
    const source = this.#isRead
      ? await openSource({ path: this.path }, this.#settings)
      : this.#first
    if (this.#isRead) this.#opened.push(source)
    this.#isRead = true
    return new RowReader(source, this.#table, this.#settings)
  }

  /**
   * Counts the rows from the first on, without reading their cells.
   *
   * @param isEnough asked now and then; ends the count early
   * @returns the rows, and whether there are no more
   */
  async countRows(isEnough: () => boolean): Promise<{ rows: number; isWhole: boolean }> {
    let rows = 0
    try {
      const source = await openSource({ path: this.path }, this.#settings)
      for await (const _ of source.rows) {
        if (++rows % ROWS_BETWEEN_LOOKS === 0 && isEnough()) return { rows, isWhole: false }
      }
      return { rows, isWhole: true }
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      return { rows, isWhole: false }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((source) => source.close()))
  }
}
