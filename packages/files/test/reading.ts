/** Reads sources for tests, from bytes cut into chunks as the test likes. */
import { Writable } from 'node:stream'
import { InvalidInputError } from '@chatlayer-tables/core'
import { openSource } from '../src/source/open-source.ts'
import type { SourceOptions, SourceRow } from '../src/source/source.ts'

export interface ReadSource {
  readonly format: string
  readonly header: readonly (string | null)[]
  readonly rows: readonly SourceRow[]
  readonly notes: readonly string[]
  /** What reading ended with, after the rows. */
  readonly error: InvalidInputError | undefined
}

/** @param content a text, as UTF-8, or bytes, whole or in chunks */
export async function readAll(
  content: string | Uint8Array | readonly Uint8Array[],
  options: SourceOptions & { readonly name?: string } = {},
): Promise<ReadSource> {
  const { name, ...rest } = options
  const source = await openSource({ stream: chunksOf(content), name }, rest)
  const rows: SourceRow[] = []
  let error: InvalidInputError | undefined
  try {
    for await (const row of source.rows) rows.push(row)
  } catch (thrown) {
    if (!(thrown instanceof InvalidInputError)) throw thrown
    error = thrown
  }
  return { format: source.format, header: source.header, rows, notes: source.notes, error }
}

async function* chunksOf(
  content: string | Uint8Array | readonly Uint8Array[],
): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content)
  else if (content instanceof Uint8Array) yield content
  else yield* content
}

/** What reading is rejected with. */
export async function rejectionOf(reading: Promise<unknown>): Promise<InvalidInputError> {
  const outcome = await reading.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof InvalidInputError) return outcome
  throw new Error('it was not rejected with an InvalidInputError', { cause: outcome })
}

/** Bytes cut at these places, which need not be in order. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ordered = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...ordered].map((from, index) => bytes.subarray(from, ordered[index] ?? bytes.length))
}

/** A stream that keeps what is written to it. */
export class Collector extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk))
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}
