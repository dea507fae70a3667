/** Opens a file or stream of any format that is read. */
import type { FileHandle } from 'node:fs/promises'
import { InvalidInputError } from '@chatlayer-tables/core'
import type { ReadTable } from '../formats/format.ts'
import { FORMAT_FACTS, type FormatName } from '../formats/format-facts.ts'
import { FORMATS } from '../formats/formats.ts'
import { fileBytes } from '../zip/file-bytes.ts'
import type { RandomAccess } from '../zip/zip.ts'
import { ByteStream, gunzip, type Input, openInput, readFrom } from './bytes.ts'
import { type Container, formatOfArchive, formatOfText, sniff } from './detect-format.ts'
import { decode, ENCODING_SAMPLE, findEncoding } from './encoding.ts'
import type { Source, SourceInput, SourceOptions } from './source.ts'
import { readText } from './text.ts'
import { yielding } from './turns.ts'

/**
 * Opens a file or stream and reads its header. The format is detected from the content, then
 * from the name; text may be within gzip. Text is UTF-8, UTF-16 or Windows-1252, see
 * {@link findEncoding}.
 *
 * Memory does not grow with the rows, except for the texts that an XLSX file's cells share, and for
 * XLSX that comes as a stream.
 *
 * @throws InvalidInputError when the input cannot be read in its format; its message names the input
 *   and, if known, the line. `rows` throws the same
 */
export async function openSource(input: SourceInput, options: SourceOptions = {}): Promise<Source> {
  const opened = await openInput(input)
  try {
    return await open(opened, options)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function open(input: Input, options: SourceOptions): Promise<Source> {
  const notes: string[] = []
  const container = sniff(await input.stream.peek(8), input.name)
  const archive = formatOfArchive(container, options.format)
  const { table, ...facts } =
    archive === undefined
      ? await openText(input, container, options, notes)
      : await openZip(input, archive, options, notes)
  return {
    ...facts,
    header: table.header,
    rows: yielding(table.rows, () => input.close()),
    bytesTotal: input.size,
    inputKind: options.inputKind ?? 'file',
    place: options.place ?? 'line',
    notes,
    close: () => input.close(),
  }
}

interface Opened extends ReadTable, Pick<Source, 'isPlainUtf8'> {
  bytesRead(): number
}

async function openZip(
  input: Input,
  format: FormatName,
  options: SourceOptions,
  notes: string[],
): Promise<Opened> {
  const { file, size, name } = input
  let read = 0
  const count = (bytes: number): void => {
    read += bytes
  }
  const bytes =
    file === undefined || size === undefined
      ? await inMemory(input.stream, count)
      : fileBytes(file, size, count)
  const reader = FORMATS[format]
  if (!('readZip' in reader)) throw new Error(`${format} is not read from an archive`)
  return {
    ...(await reader.readZip({ bytes, name, options, notes })),
    isPlainUtf8: false,
    bytesRead: () => Math.min(read, bytes.size),
  }
}

async function inMemory(stream: ByteStream, count: (bytes: number) => void): Promise<RandomAccess> {
  const chunks: Buffer[] = []
  for await (const chunk of stream.read()) {
    chunks.push(chunk)
    count(chunk.length)
  }
  const all = Buffer.concat(chunks)
  return {
    size: all.length,
    read: async (offset, length) => all.subarray(offset, Math.max(offset, offset + length)),
  }
}

async function openText(
  input: Input,
  container: Container,
  options: SourceOptions,
  notes: string[],
): Promise<Opened> {
  const { name, file } = input
  const bytes = await unpacked(input, container)
  const encoding = findEncoding(await bytes.peek(ENCODING_SAMPLE), options.encoding, name)
  if (encoding.note !== undefined) notes.push(encoding.note)
  const text = await readText(decode(bytes.read(), encoding, name))
  const format = options.format ?? formatOfText(text.head, name)
  if (text.whole && text.head.trim() === '' && !FORMAT_FACTS[format].mayBeEmpty) {
    throw new InvalidInputError(`${name} is empty`, {
      hint: 'The first line of a text file must name the columns.',
    })
  }
  const again = file && (() => decode(bytesAgain(file, container, name), encoding, name))
  const reader = FORMATS[format]
  if (!('readText' in reader)) throw new Error(`${format} is not read from text`)
  return {
    ...(await reader.readText({ ...text, again, name, options, notes })),
    isPlainUtf8: encoding.label === 'utf-8' && encoding.mark === 0,
    bytesRead: () => input.stream.bytesRead,
  }
}

/** The bytes of a text, out of gzip where it is packed. */
async function unpacked({ stream, name }: Input, container: Container): Promise<ByteStream> {
  if (container !== 'gzip') return stream
  const bytes = new ByteStream(gunzip(stream.read(), name))
  if (sniff(await bytes.peek(8), name) === 'text') return bytes
  throw new InvalidInputError(`${name} holds no text inside its gzip`, {
    hint: 'Unpack it and pass the file inside.',
  })
}

/** The bytes of a text from the first one, however much was read already. */
function bytesAgain(
  file: FileHandle,
  container: Container,
  name: string,
): AsyncGenerator<Buffer, void, undefined> {
  const bytes = readFrom(file, name)
  return container === 'gzip' ? gunzip(bytes, name) : bytes
}
