/** What data is read from, besides tables: files, bytes that come once, and inputs that can be read again. */
import { basename } from 'node:path'
import type { SourceOptions } from '@chatlayer-tables/files'

/** A file by its path, bytes that come once, such as standard input, or an input that can be read again. */
export type Input =
  | { readonly path: string }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly name: string }
  | RepeatableInput

/**
 * A database or another server, which can be read from the start again. What it returns is copied to a
 * private file before it is used: a connection that breaks costs a new reading and nothing else, and a
 * job needs no server to be resumed.
 */
export interface RepeatableInput {
  /** Name in messages and jobs. It contains no secret. */
  readonly name: string
  /**
   * Begins to read from the start. An error with a true `isTransient`, of this call or of the bytes, has
   * it called again, a few times.
   */
  read(signal: AbortSignal | undefined): Promise<InputReading>
  /** Called before it is read again, with what ended the last reading. */
  readonly onRepeat?: ((error: Error) => void | Promise<void>) | undefined
}

/** One reading of such an input, disposed of once its bytes have been read, or reading them has failed. */
export interface InputReading extends AsyncDisposable {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly format: InputFormat
}

/** How the bytes are read; it overrides what the caller sets. */
export type InputFormat = Pick<
  SourceOptions,
  'format' | 'header' | 'inputKind' | 'place' | 'encoding' | 'delimiter'
>

export function isRepeatable(input: Input): input is RepeatableInput {
  return 'read' in input
}

/** Name of an input in messages. */
export function inputName(input: Input): string {
  return 'path' in input ? basename(input.path) : input.name
}
