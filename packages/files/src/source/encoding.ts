/** Which encoding a text is in, and its bytes as text. */
import { isUtf8 } from 'node:buffer'
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '../values/cell-error.ts'
import { likelyEncodings } from './likely-encodings.ts'
import { firstDoubt } from './western.ts'
import { wideOrder } from './wide.ts'

export interface Encoding {
  /** As TextDecoder names it. */
  readonly label: string
  /** How many bytes the byte order mark takes. */
  readonly mark: number
  /** In words, where a reader may want to know. */
  readonly note?: string
  /** Whether the text must show that it is in this encoding, since nothing else does. */
  readonly isGuess?: boolean
}

/** So much of the beginning settles the encoding, in bytes. */
export const ENCODING_SAMPLE = 1024 * 1024

const MARKS: readonly (readonly [label: string, name: string, bytes: readonly number[]])[] = [
  ['utf-8', 'UTF-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', 'UTF-16 LE', [0xff, 0xfe]],
  ['utf-16be', 'UTF-16 BE', [0xfe, 0xff]],
]

/** Japanese in seven bits: the escape that changes to its characters. */
const JAPANESE_ESCAPE = '\u001b$B'

/**
 * A byte order mark settles it; then what the caller said; then the pattern of UTF-16; then whether
 * the sample is valid UTF-8. What is none of these is read as Windows-1252, which is what spreadsheets
 * in Western Europe and America save, as long as its words are words of Western Europe, see
 * {@link isWestern}; {@link decode} throws where they are not.
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
  const wide = wideOrder(sample)
  if (wide !== undefined) {
    const title = wide === 'utf-16le' ? 'UTF-16 LE' : 'UTF-16 BE'
    return { label: wide, mark: 0, note: `${title} without a byte order mark` }
  }
  if (isUtf8(sample.subarray(0, sample.length - unfinished(sample)))) {
    if (sample.includes(JAPANESE_ESCAPE)) {
      throw new InvalidInputError(`${name} seems to be in ISO-2022-JP`, {
        field: 'encoding',
        hint: 'Say --encoding iso-2022-jp, or utf-8 if it is not.',
      })
    }
    return { label: 'utf-8', mark: 0 }
  }
  if (sample.some(isNoTextByte)) {
    throw new InvalidInputError(`${name} is neither text nor a spreadsheet`, {
      hint: 'Read are CSV, TSV, NDJSON, JSON and XLSX; gzip around the text ones. If it is text in UTF-16, say --encoding utf-16le or utf-16be.',
    })
  }
  return {
    label: 'windows-1252',
    mark: 0,
    isGuess: true,
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
 * @throws InvalidInputError, naming the line, at the first byte that is not of the encoding, and for a
 *   guess where the text does not bear it out; what stands on the lines before it is given first
 */
export async function* decode(
  chunks: AsyncIterable<Buffer>,
  { label, mark, isGuess }: Encoding,
  name: string,
): AsyncGenerator<string, void, undefined> {
  let first = mark > 0
  for await (const text of decoder(label, isGuess)(chunks, name, label)) {
    // The mark itself was decoded to U+FEFF.
    yield first ? text.slice(1) : text
    if (text !== '') first = false
  }
}

function decoder(label: string, isGuess: boolean | undefined): typeof decodeOther {
  if (label === 'utf-8') return decodeUtf8
  return isGuess === true ? decodeWestern : decodeOther
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
      throw notUtf8(name, breaks + countBreaks(good) + 1, firstLine(whole.subarray(good.length)))
    }
    breaks += countBreaks(whole)
    yield whole.toString()
  }
  if (rest.length > 0) throw notUtf8(name, breaks + 1)
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
const CARRIAGE_RETURN = 13

function countBreaks(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++
  return count
}

function firstLine(bytes: Buffer): Buffer {
  const end = bytes.indexOf(LINE_FEED)
  return end === -1 ? bytes : bytes.subarray(0, end)
}

/** In bytes. Text without line ends is looked at in pieces of this size. */
const LONG_LINE = 256 * 1024

/** Windows-1252 as long as it shows itself to be that. */
async function* decodeWestern(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  let breaks = 0
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = Math.max(bytes.lastIndexOf(LINE_FEED), bytes.lastIndexOf(CARRIAGE_RETURN)) + 1
    const looked = bytes.subarray(0, end === 0 && bytes.length > LONG_LINE ? bytes.length : end)
    rest = bytes.subarray(looked.length)
    yield* westernLines(looked, name, breaks)
    breaks += countBreaks(looked)
  }
  yield* westernLines(rest, name, breaks)
}

function* westernLines(bytes: Buffer, name: string, breaks: number): Generator<string> {
  const text = new TextDecoder('windows-1252').decode(bytes)
  const doubt = firstDoubt(text)
  if (doubt === undefined) {
    yield text
    return
  }
  // A byte is a character here.
  const good = bytes.subarray(0, bytes.lastIndexOf(LINE_FEED, doubt) + 1)
  yield text.slice(0, good.length)
  throw uncertain(
    name,
    breaks + countBreaks(good) + 1,
    bytes.subarray(good.length),
    doubt - good.length,
  )
}

async function* decodeOther(
  chunks: AsyncIterable<Buffer>,
  name: string,
  label: string,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true })
  const isWide = label.startsWith('utf-16')
  let breaks = 0
  const next = (chunk?: Buffer): string => {
    let text: string
    try {
      text = chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch {
      throw notOfEncoding(name, label, breaks + 1, 'or soon after')
    }
    // Bytes that the encoding lacks are decoded to control characters.
    const lacking = isWide ? -1 : text.search(/[\u0080-\u009f]/)
    if (lacking === -1) return text
    throw notOfEncoding(name, label, breaks + text.slice(0, lacking).split('\n').length)
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
    field: 'encoding',
    hint: 'Say another --encoding, or save the file as UTF-8.',
  })
}

/** @param bytes the line; left out where the file ends within a character */
function notUtf8(name: string, line: number, bytes?: Buffer): InvalidInputError {
  const message = `${name}, line ${line}: this is not UTF-8 text`
  if (bytes === undefined) {
    const hint = 'It ends within a character: the file was probably cut short.'
    return new InvalidInputError(message, { field: 'encoding', hint })
  }
  return withChoices(
    message,
    bytes,
    bytes.findIndex((byte) => byte > 127),
  )
}

/** @param at where the doubt begins, in bytes */
function uncertain(name: string, line: number, bytes: Buffer, at: number): InvalidInputError {
  return withChoices(`${name}, line ${line}: the encoding is not certain`, bytes, at)
}

/** How much is shown before the doubt, in bytes. */
const MAX_BEFORE = 12

/** With the line as the likely encodings read it. */
function withChoices(message: string, bytes: Buffer, at: number): InvalidInputError {
  let from = at
  while (from > 0 && at - from < MAX_BEFORE && isShown(bytes[from - 1] ?? 0)) from -= 1
  const likely = likelyEncodings(bytes, firstLine(bytes.subarray(from)))
  const shown = likely.map(({ label, line }) => `; in ${label}: "${shorten(line.trimEnd())}"`)
  const { label = 'windows-1252' } = likely[0] ?? {}
  return new InvalidInputError(message + shown.join(''), {
    field: 'encoding',
    hint: `Say --encoding ${label} if that reads right, or another that does. If none does, save the file as UTF-8.`,
  })
}

function isShown(byte: number): boolean {
  return byte < 128 && byte !== LINE_FEED && byte !== CARRIAGE_RETURN
}
