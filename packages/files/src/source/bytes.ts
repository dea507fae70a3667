/** The bytes of a file or a stream, which can be peeked at, counted and unpacked. */
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InvalidInputError } from '@chatlayer-tables/core'
import type { SourceInput } from './source.ts'

/** Bytes read from a file at once. Larger chunks are not faster, and their rows outlive young garbage. */
const CHUNK = 32 * 1024

/** Chunks of bytes whose beginning can be peeked at. */
export class ByteStream {
  readonly #chunks: AsyncIterator<Uint8Array>
  #peeked: Buffer[] = []
  #ended = false
  #bytesRead = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** How many bytes {@link read} has returned. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** The first bytes: as many as asked for or some more, fewer where there are no more. */
  async peek(size: number): Promise<Buffer> {
    let length = this.#peeked.reduce((sum, chunk) => sum + chunk.length, 0)
    while (length < size && !this.#ended) {
      const chunk = await this.#pull()
      if (chunk === undefined) break
      this.#peeked.push(chunk)
      length += chunk.length
    }
    return Buffer.concat(this.#peeked)
  }

  async *read(): AsyncGenerator<Buffer, void, undefined> {
    const peeked = this.#peeked
    this.#peeked = []
    for (const chunk of peeked) {
      this.#bytesRead += chunk.length
      yield chunk
    }
    for (;;) {
      const chunk = await this.#pull()
      if (chunk === undefined) return
      this.#bytesRead += chunk.length
      yield chunk
    }
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.#chunks.return?.()
  }

  async #pull(): Promise<Buffer | undefined> {
    if (this.#ended) return undefined
    const { done, value } = await this.#chunks.next()
    if (done !== true) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    this.#ended = true
    return undefined
  }
}

/** An input that was opened. */
export interface Input {
  /** The name for messages and for detecting the format. */
  readonly name: string
  readonly stream: ByteStream
  /** The file, where any part of it can be read. */
  readonly file: FileHandle | undefined
  readonly size: number | undefined
  close(): Promise<void>
}

/** @throws InvalidInputError when there is no such file, or it cannot be read */
export async function openInput(input: SourceInput): Promise<Input> {
  if ('stream' in input) {
    const name = input.name ?? 'the input'
    const stream = new ByteStream(input.stream)
    return { name, stream, file: undefined, size: undefined, close: () => stream.close() }
  }
  if ('file' in input) return openedFile(input)
  const name = basename(input.path)
  let file: FileHandle | undefined
  try {
    file = await open(input.path)
    const stats = await file.stat()
    if (stats.isDirectory()) throw new InvalidInputError(`cannot read ${name}: it is a folder`)
    const stream = new ByteStream(readFile(file, name, input.onBytes))
    const opened = file
    const regular = stats.isFile()
    return {
      name,
      stream,
      file: regular ? file : undefined,
      size: regular ? stats.size : undefined,
      close: () => opened.close(),
    }
  } catch (error) {
    await file?.close()
    throw readingError(error, name)
  }
}

async function openedFile({
  file,
  name,
}: Extract<SourceInput, { file: FileHandle }>): Promise<Input> {
  const { size } = await file.stat()
  const stream = new ByteStream(readFrom(file, name))
  return { name, stream, file, size, close: () => stream.close() }
}

async function* readFile(
  file: FileHandle,
  name: string,
  onBytes: ((bytes: Uint8Array) => void) | undefined,
): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await file
      .read({ buffer: Buffer.allocUnsafe(CHUNK) })
      .catch((error: unknown) => {
        throw readingError(error, name)
      })
    if (bytesRead === 0) return
    const bytes = buffer.subarray(0, bytesRead)
    onBytes?.(bytes)
    yield bytes
  }
}

/** The bytes of a file from the first one. It does not move the position of {@link openInput}. */
export async function* readFrom(file: FileHandle, name: string): AsyncGenerator<Buffer> {
  let position = 0
  for (;;) {
    const { bytesRead, buffer } = await file
      .read({ buffer: Buffer.allocUnsafe(CHUNK), position })
      .catch((error: unknown) => {
        throw readingError(error, name)
      })
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** @throws InvalidInputError when the bytes are not gzip, or end too early */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Buffer> {
  // The loop below throws failures; pipeline still requires a callback.
  const unzipped = pipeline(Readable.from(chunks), createGunzip(), () => undefined)
  try {
    for await (const chunk of unzipped) yield chunk as Buffer
  } catch (error) {
    throw readingError(error, name)
  }
}

/** The error of a failed reading with a readable message; other errors are returned unchanged. */
export function readingError(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || error instanceof InvalidInputError) {
    return error
  }
  const code = String(error.code)
  const reason = SYSTEM_ERRORS[code]
  if (reason !== undefined) return new InvalidInputError(`cannot read ${name}: ${reason}`)
  if (!code.startsWith('Z_')) return error
  return new InvalidInputError(
    `cannot unpack ${name}: ${code === 'Z_BUF_ERROR' ? 'it ends too early' : 'its gzip is broken'}`,
    { hint: 'Copy the file again, or unpack it and pass the file inside.' },
  )
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
  EPERM: 'reading it is not allowed',
  ENXIO: 'this kind of file cannot be opened; pass - for standard input',
}
