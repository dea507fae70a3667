/** Which encoding a text is in, and its bytes as text. */
import { isUtf8 } from 'node:buffer'
import { InvalidInputError } from '@chatlayer-tables/core'

export interface Encoding {
  /** As TextDecoder names it. */
  readonly label: string
  /** How many bytes the byte order mark takes. */
  readonly mark: number
  /** In words, where a reader may want to know. */
  readonly note?: string
}

/** So much of the beginning settles the encoding, in bytes. */
export const ENCODING_SAMPLE = 1024 * 1024

const MARKS: readonly (readonly [label: string, name: string, bytes: readonly number[]])[] = [
  ['utf-8', 'UTF-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', 'UTF-16 LE', [0xff, 0xfe]],
  ['utf-16be', 'UTF-16 BE', [0xfe, 0xff]],
]

const FALLBACK_HINT = 'Say --encoding windows-1252, or another, if the file is in one.'

/**
 * A byte order mark settles it; then what the caller said; then the NUL bytes that UTF-16 puts
 * between Latin letters; then whether the sample is valid UTF-8. What is none of these is read as
 * Windows-1252, which is what spreadsheets in Western Europe and America save, unless it holds bytes
 * that no text does.
 *
 * @param sample the beginning of the file
 * @throws InvalidInputError for an encoding that does not exist, or bytes that are no text
 */
export function findEncoding(sample: Buffer, said: string | undefined, name: string): Encoding {
  for (const [label, title, bytes] of MARKS) {
    if (!bytes.every((byte, index) => sample[index] === byte)) continue
    if (label === 'utf-8') return { label, mark: bytes.length }
    return { label, mark: bytes.length, note: `${title}, told by its byte order mark` }
  }
  if (said !== undefined) return { label: canonicalLabel(said), mark: 0 }
  const wide = wideByNul(sample)
  if (wide !== undefined) return wide
  if (isUtf8(sample.subarray(0, sample.length - unfinished(sample)))) {
    return { label: 'utf-8', mark: 0 }
  }
  if (sample.some(isNoTextByte)) {
    throw new InvalidInputError(`${name} is neither text nor a spreadsheet`, {
      hint: 'Read are CSV, TSV, NDJSON, JSON and XLSX; gzip around the text ones.',
    })
  }
  return {
    label: 'windows-1252',
    mark: 0,
    note: 'Windows-1252, since it is not UTF-8; say --encoding if that is wrong',
  }
}

function canonicalLabel(said: string): string {
  try {
    return new TextDecoder(said).encoding
  } catch {
    throw new InvalidInputError(`there is no encoding "${said}"`, {
      field: 'encoding',
      hint: 'Known are utf-8, utf-16le, utf-16be, windows-1252, iso-8859-15, shift_jis and the others of the WHATWG Encoding Standard.',
    })
  }
}

/** UTF-16 without a mark: NUL is every other byte of Latin letters, digits and punctuation. */
function wideByNul(sample: Buffer): Encoding | undefined {
  const pairs = Math.min(sample.length, 4096) >> 1
  if (pairs === 0 || sample.length % 2 === 1) return undefined
  const nuls = [0, 0]
  for (let index = 0; index < pairs * 2; index += 1) {
    if (sample[index] === 0) nuls[index % 2] = (nuls[index % 2] ?? 0) + 1
  }
  const [even = 0, odd = 0] = nuls
  const title = (name: string) => `${name} without a byte order mark`
  if (sample[1] === 0 && odd > pairs * 0.3 && even < pairs * 0.05) {
    return { label: 'utf-16le', mark: 0, note: title('UTF-16 LE') }
  }
  if (sample[0] === 0 && even > pairs * 0.3 && odd < pairs * 0.05) {
    return { label: 'utf-16be', mark: 0, note: title('UTF-16 BE') }
  }
  return undefined
}

/** Control characters other than tab, line ends and form feed. */
function isNoTextByte(byte: number): boolean {
  return byte < 32 && !(byte >= 9 && byte <= 13)
}

/** How many bytes at the end are the beginning of a character that is not all there. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

/**
 * The text. Chunks may be cut anywhere; no character is.
 *
 * @throws InvalidInputError, naming the line, at the first byte that is not of the encoding; what
 *   stands on the lines before it is given first
 */
export async function* decode(
  chunks: AsyncIterable<Buffer>,
  { label, mark }: Encoding,
  name: string,
): AsyncGenerator<string, void, undefined> {
  const texts = label === 'utf-8' ? decodeUtf8(chunks, name) : decodeOther(chunks, label, name)
  let first = mark > 0
  for await (const text of texts) {
    // The mark itself was decoded to U+FEFF.
    yield first ? text.slice(1) : text
    if (text !== '') first = false
  }
}

async function* decodeUtf8(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  let breaks = 0
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.subarray(0, bytes.length - unfinished(bytes))
    rest = bytes.subarray(whole.length)
    if (!isUtf8(whole)) {
      const good = wholeLines(whole)
      yield good.toString()
      throw notOfEncoding(name, 'UTF-8', breaks + countBreaks(good) + 1)
    }
    breaks += countBreaks(whole)
    yield whole.toString()
  }
  if (rest.length > 0) throw notOfEncoding(name, 'UTF-8', breaks + 1)
}

/** The lines before the first that is not UTF-8. A character never holds the byte of a line break. */
function wholeLines(bytes: Buffer): Buffer {
  let start = 0
  for (;;) {
    const end = bytes.indexOf(LINE_FEED, start) + 1
    if (end === 0 || !isUtf8(bytes.subarray(start, end))) return bytes.subarray(0, start)
    start = end
  }
}

const LINE_FEED = 10

function countBreaks(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  return count
}

async function* decodeOther(
  chunks: AsyncIterable<Buffer>,
  label: string,
  name: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true })
  let breaks = 0
  const next = (chunk?: Buffer): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch {
      throw notOfEncoding(name, label, breaks + 1, 'or soon after')
    }
  }
  for await (const chunk of chunks) {
    const text = next(chunk)
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) breaks++
    yield text
  }
  yield next()
}

function notOfEncoding(name: string, title: string, line: number, about = ''): InvalidInputError {
  const place = about === '' ? `line ${line}` : `line ${line} ${about}`
  return new InvalidInputError(`${name}, ${place}: this is not ${title} text`, {
    hint: title === 'UTF-8' ? FALLBACK_HINT : undefined,
  })
}
