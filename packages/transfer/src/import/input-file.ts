import type { Table } from '@chatlayer-tables/core'
import { openSource, type Source } from '@chatlayer-tables/files'
import type { FileHash } from '../job/fingerprint.ts'
import type { MatchedColumn } from '../rows/columns.ts'
import type { ReadingSettings } from '../rows/reading-settings.ts'
import { RowReader } from '../rows/row-reader.ts'

/** The file of an import, which can be read more than once. */
export class InputFile implements AsyncDisposable {
  readonly path: string
  readonly #settings: ReadingSettings
  readonly #table: Table
  /** The first to read the rows from; those after it are opened when they are needed. */
  readonly #first: Source
  readonly #opened: Source[]
  #isRead = false

  private constructor(path: string, settings: ReadingSettings, table: Table, first: Source) {
    this.path = path
    this.#settings = settings
    this.#table = table
    this.#first = first
    this.#opened = [first]
  }

  /**
   * @param hash takes what is read of the file by its first reader
   * @throws InvalidInputError when it cannot be read, has no header, or its columns do not fit the table
   */
  static async open(
    path: string,
    settings: ReadingSettings,
    table: Table,
    hash?: FileHash,
  ): Promise<InputFile> {
    const onBytes = hash && ((bytes: Uint8Array) => hash.update(bytes))
    const first = await openSource({ path, onBytes }, settings)
    const file = new InputFile(path, settings, table, first)
    try {
      new RowReader(first, table, settings)
      return file
    } catch (error) {
      await first.close()
      throw error
    }
  }

  get source(): Pick<
    Source,
    'format' | 'header' | 'notes' | 'delimiter' | 'isPlainUtf8' | 'inputKind' | 'place'
  > {
    return this.#first
  }

  /** The columns that the file fills. */
  get columns(): readonly MatchedColumn[] {
    return new RowReader(this.#first, this.#table, this.#settings).columns
  }

  /** Reads the rows from the first on. */
  async reader(): Promise<RowReader> {
    const source = this.#isRead
      ? await openSource({ path: this.path }, this.#settings)
      : this.#first
    if (this.#isRead) this.#opened.push(source)
    this.#isRead = true
    return new RowReader(source, this.#table, this.#settings)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((source) => source.close()))
  }
}
