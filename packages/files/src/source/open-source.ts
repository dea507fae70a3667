/** Opens a file or stream of any format that is read. */
import type { FileHandle } from 'node:fs/promises'
import { InvalidInputError } from '@chatlayer-tables/core'
import { fileBytes } from '../zip/file-bytes.ts'
import type { RandomAccess } from '../zip/zip.ts'
import { ByteStream, gunzip, type Input, openInput, readFrom } from './bytes.ts'
import { readCsv } from './csv.ts'
import { findShape } from './csv-shape.ts'
import { decode, ENCODING_SAMPLE, findEncoding } from './encoding.ts'
import { type Container, formatOfName, formatOfText, sniff } from './format.ts'
import { readJsonList } from './json-list.ts'
import { readNdjson } from './ndjson.ts'
import { readObjects } from './objects.ts'
import type { Source, SourceInput, SourceOptions, SourceRow, Table } from './source.ts'
import { readText } from './text.ts'
import { yielding } from './turns.ts'
import { readXlsx } from './xlsx/xlsx.ts'

/**
 * Opens a file or stream and reads its header. The format is told by the content, then by the name:
 * CSV and TSV, NDJSON, a JSON list of objects, each also in gzip, and XLSX. Text is UTF-8, UTF-16 or
 * Windows-1252, see {@link findEncoding}.
 *
 * Memory does not grow with the rows, except for the texts that an XLSX file's cells share, and for
 * XLSX that comes as a stream.
 *
 * @throws InvalidInputError when the input cannot be read as what it seems or was said to be; its
 *   message names the input and, where there is one, the line. `rows` throws the same
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
  const { table, bytesRead, ...shape } = isXlsx(container, options)
    ? await openXlsx(input, options, notes)
    : await openText(input, container, options, notes)
  return {
    ...shape,
    header: table.header,
    rows: closing(yielding(table.rows), input),
    bytesRead,
    bytesTotal: input.size,
    notes,
    close: () => input.close(),
  }
}

interface Opened extends Pick<Source, 'format' | 'delimiter' | 'isPlainUtf8'> {
  readonly table: Table
  bytesRead(): number
}

function isXlsx(container: Container, { format }: SourceOptions): boolean {
  if (format === undefined) return container === 'zip'
  if ((format === 'xlsx') === (container === 'zip')) return format === 'xlsx'
  throw new InvalidInputError(
    format === 'xlsx' ? 'this is no XLSX file' : `this is an XLSX file, not ${format}`,
    { field: 'format', hint: 'Leave --format out: the content tells.' },
  )
}

async function openXlsx(input: Input, options: SourceOptions, notes: string[]): Promise<Opened> {
  const { file, size } = input
  let read = 0
  const count = (bytes: number): void => {
    read += bytes
  }
  const bytes =
    file === undefined || size === undefined
      ? await inMemory(input.stream, count)
      : fileBytes(file, size, count)
  const table = await readXlsx(bytes, options.sheet, input.name, notes)
  return {
    format: 'xlsx',
    isPlainUtf8: false,
    table,
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
  const { name } = input
  let bytes = input.stream
  if (container === 'gzip') {
    bytes = new ByteStream(gunzip(input.stream.read(), name))
    if (sniff(await bytes.peek(8), name) !== 'text') {
      throw new InvalidInputError(`${name} holds no text inside its gzip`, {
        hint: 'Unpack it and give what comes out.',
      })
    }
  }
  const sample = await bytes.peek(ENCODING_SAMPLE)
  const encoding = findEncoding(sample, options.encoding, name)
  if (encoding.note !== undefined) notes.push(encoding.note)
  const text = await readText(decode(bytes.read(), encoding, name))
  const found = options.format ?? formatOfText(text.head, name)
  // Without lines, NDJSON is the list of no objects.
  if (text.whole && text.head.trim() === '' && found !== 'ndjson') {
    throw new InvalidInputError(`${name} is empty`, {
      hint: 'A text file begins with a line that names the columns.',
    })
  }
  const isPlainUtf8 = encoding.label === 'utf-8' && encoding.mark === 0
  const opened = { isPlainUtf8, bytesRead: () => input.stream.bytesRead }
  if (found === 'ndjson' || found === 'json') {
    const read = found === 'ndjson' ? readNdjson : readJsonList
    const { file } = input
    const again =
      file && (() => read(decode(bytesAgain(file, container, name), encoding, name), name))
    return { ...opened, format: found, table: await readObjects(read(text.chunks, name), again) }
  }
  const preferred = found === 'tsv' || formatOfName(name) === 'tsv' ? '\t' : undefined
  const said = options.delimiter ?? (options.format === 'tsv' ? '\t' : undefined)
  const shape = findShape(text.head, text.whole, said, preferred)
  const format = shape.delimiter === '\t' ? 'tsv' : 'csv'
  if (shape.delimiter !== '\t' && shape.delimiter !== ',') {
    notes.push(`cells are separated by ${JSON.stringify(shape.delimiter)}`)
  }
  const { delimiter } = shape
  const table = await readCsv(text.chunks, shape, name, notes)
  return { ...opened, format, delimiter, table }
}

/** The bytes of a text from the first on, whatever was read of it. */
function bytesAgain(
  file: FileHandle,
  container: Container,
  name: string,
): AsyncGenerator<Buffer, void, undefined> {
  const bytes = readFrom(file, name)
  return container === 'gzip' ? gunzip(bytes, name) : bytes
}

async function* closing(
  rows: AsyncGenerator<SourceRow, void, undefined>,
  input: Input,
): AsyncGenerator<SourceRow, void, undefined> {
  try {
    yield* rows
  } finally {
    await input.close()
  }
}
