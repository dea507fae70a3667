/** Detects the encoding of a text and decodes it. */
import { isUtf8 } from 'node:buffer'
import { InvalidInputError } from '@chatlayer-tables/core'
import { listFormats } from '../formats/format-facts.ts'
import { shorten } from '../values/cell-error.ts'
import { likelyEncodings } from './likely-encodings.ts'
import { firstDoubt } from './western.ts'
import { wideOrder } from './wide.ts'

export interface Encoding {
  /** The name that TextDecoder uses. */
  readonly label: string
  /** Length of the byte order mark in bytes. */
  readonly mark: number
  /** A description, if the user may want to know. */
  readonly note?: string
  /** Whether the text must show that it is in this encoding, since nothing else does. */
  readonly isGuess?: boolean
}

/** How many bytes from the beginning are used to detect the encoding. */
export const ENCODING_SAMPLE = 1024 * 1024

const MARKS: readonly (readonly [label: string, name: string, bytes: readonly number[]])[] = [
  ['utf-8', 'UTF-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', 'UTF-16 LE', [0xff, 0xfe]],
  ['utf-16be', 'UTF-16 BE', [0xfe, 0xff]],
]

/** Japanese in seven bits: the escape that changes to its characters. */
const JAPANESE_ESCAPE = '\u001b$B'

/**
 * A byte order mark decides; then the caller's setting; then the pattern of UTF-16; then whether the
 * sample is valid UTF-8. Anything else is read as Windows-1252, which spreadsheets in Western Europe and
 * America save, as long as its words are words of Western Europe, see {@link isWesternToken};
 * {@link decode} throws when they are not.
 *
 * @param sample the beginning of the file
 * @throws InvalidInputError for an encoding that does not exist, or bytes that are not text
 */
export function findEncoding(sample: Buffer, asked: string | undefined, name: string): Encoding {
  for (const [label, title, bytes] of MARKS) {
    if (!bytes.every((byte, index) => sample[index] === byte)) continue
    if (label === 'utf-8') return { label, mark: bytes.length }
    return { label, mark: bytes.length, note: `${title}, from its byte order mark` }
  }
  if (asked !== undefined) return { label: canonicalLabel(asked), mark: 0 }
  const wide = wideOrder(sample)
  if (wide !== undefined) {
    const title = wide === 'utf-16le' ? 'UTF-16 LE' : 'UTF-16 BE'
    return { label: wide, mark: 0, note: `${title} without a byte order mark` }
  }
  if (isUtf8(sample.subarray(0, sample.length - unfinished(sample)))) {
    if (sample.includes(JAPANESE_ESCAPE)) {
      throw new InvalidInputError(`${name} seems to be in ISO-2022-JP`, {
        field: 'encoding',
        hint: 'Pass --encoding iso-2022-jp, or utf-8 if it is not.',
      })
    }
    return { label: 'utf-8', mark: 0 }
  }
  if (sample.some(isNoTextByte)) {
    throw new InvalidInputError(`${name} is neither text nor a spreadsheet`, {
      hint: `Supported formats: ${listFormats()}; text also in gzip. If it is text in UTF-16, pass --encoding utf-16le or utf-16be.`,
    })
  }
  return {
    label: 'windows-1252',
    mark: 0,
    isGuess: true,
    note: 'Windows-1252, since it is not UTF-8; pass --encoding if that is wrong',
  }
}

function canonicalLabel(label: string): string {
  try {
    return new TextDecoder(label).encoding
  } catch {
    throw new InvalidInputError(`there is no encoding "${label}"`, {
      field: 'encoding',
      hint: 'Use utf-8, utf-16le, utf-16be, windows-1252, iso-8859-15, shift_jis or another of the WHATWG Encoding Standard.',
    })
  }
}

/** Control characters other than tab, line ends and form feed. */
function isNoTextByte(byte: number): boolean {
  return byte < 32 && !(byte >= 9 && byte <= 13)
}

/** How many bytes at the end begin an incomplete character. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

/**
 * Decodes chunks, which may be cut anywhere, without cutting a character.
 *
 * @throws InvalidInputError, with the line, at the first byte that is not of the encoding, and where
 *   the text contradicts a guess; the lines before it are yielded first
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

/** Bytes. Text without line ends is checked in pieces of this size. */
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
    // Bytes that are not in the encoding are decoded to control characters.
    const firstInvalid = isWide ? -1 : text.search(/[\u0080-\u009f]/)
    if (firstInvalid === -1) return text
    throw notOfEncoding(name, label, breaks + text.slice(0, firstInvalid).split('\n').length)
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
    hint: 'Pass another --encoding, or save the file as UTF-8.',
  })
}

/** @param bytes the line; omitted when the file ends within a character */
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

/** @param at the offset of the uncertain word, in bytes */
function uncertain(name: string, line: number, bytes: Buffer, at: number): InvalidInputError {
  return withChoices(`${name}, line ${line}: the encoding is not certain`, bytes, at)
}

/** How many bytes are shown before the uncertain word. */
const MAX_BEFORE = 12

/** An error with the line as each likely encoding reads it. */
function withChoices(message: string, bytes: Buffer, at: number): InvalidInputError {
  let from = at
  while (from > 0 && at - from < MAX_BEFORE && isShown(bytes[from - 1] ?? 0)) from -= 1
  const likely = likelyEncodings(bytes, firstLine(bytes.subarray(from)))
  const shown = likely.map(({ label, line }) => `; in ${label}: "${shorten(line.trimEnd())}"`)
  const { label = 'windows-1252' } = likely[0] ?? {}
  return new InvalidInputError(message + shown.join(''), {
    field: 'encoding',
    hint: `Pass --encoding ${label} or another whose text is correct. If none is, save the file as UTF-8.`,
  })
}

function isShown(byte: number): boolean {
  return byte < 128 && byte !== LINE_FEED && byte !== CARRIAGE_RETURN
}
