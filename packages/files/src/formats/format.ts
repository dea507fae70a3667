/** What a format implements: a reader, a writer of records, and a writer of rows of another file. */
import type { Output } from '../sink/output.ts'
import type { Sink, SinkColumn, SinkOptions } from '../sink/sink.ts'
import type { Source, SourceOptions, Table } from '../source/source.ts'
import type { KeptCell } from '../values/kept-cell.ts'
import type { RandomAccess } from '../zip/zip.ts'
import type { FormatName } from './format-facts.ts'

interface Input {
  /** The name of the file in messages. */
  readonly name: string
  readonly options: SourceOptions
  /** Takes what was found out about the file, see {@link Source}. */
  readonly notes: string[]
}

/** A text that was unpacked and decoded. */
export interface TextInput extends Input {
  /** The beginning of the text. */
  readonly head: string
  /** Whether the beginning is the whole text. */
  readonly whole: boolean
  readonly chunks: AsyncGenerator<string, void, undefined>
  /** Reads the text again from its start; undefined where the input can be read only once. */
  readonly again: (() => AsyncGenerator<string, void, undefined>) | undefined
}

/** An archive, any part of which can be read. */
export interface ZipInput extends Input {
  readonly bytes: RandomAccess
}

/** What a reader found. Delimited text may be in another format of its family than it was opened as. */
export interface ReadTable {
  readonly table: Table
  readonly format: FormatName
  readonly delimiter?: string
}

/** How a file is written that holds rows of another file, so that the same settings read both. */
export interface FileShape extends Pick<Source, 'format' | 'header' | 'delimiter' | 'isPlainUtf8'> {
  /** The name of the sheet that was asked for. */
  readonly sheet: string | undefined
  /** Columns of the file that fill text columns, counted from 0. */
  readonly textColumns: ReadonlySet<number>
}

export interface RowWriter {
  row(cells: readonly KeptCell[]): Promise<void>
  /** Writes what ends the file. */
  end(): Promise<void>
}

interface Writers {
  createSink(columns: readonly SinkColumn[], output: Output, options: SinkOptions): Sink
  createRowWriter(shape: FileShape, output: Output): RowWriter
}

export interface TextFormat extends Writers {
  /** @throws InvalidInputError when the text is not in this format; so do the rows */
  readText(input: TextInput): Promise<ReadTable>
}

export interface ZipFormat extends Writers {
  /** @throws InvalidInputError when the archive is not in this format; so do the rows */
  readZip(input: ZipInput): Promise<ReadTable>
}

/**
 * A byte order mark unless the input was plain UTF-8. A reader obeys it before any encoding that was
 * set for the input.
 */
export function byteOrderMark({ isPlainUtf8 }: FileShape): string {
  return isPlainUtf8 ? '' : '\ufeff'
}
