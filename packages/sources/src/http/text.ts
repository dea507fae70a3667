/** Decodes the text of a response. */
import { isAscii, isUtf8 } from 'node:buffer'
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import { HttpError } from './errors.ts'

/** Charsets that servers announce by default, whatever the bytes are. */
const DEFAULT_CHARSETS = /^(?:us-ascii|ascii|iso-8859-1|latin1|windows-1252)$/

/** Windows-1252, unless the first bytes that are not ASCII are UTF-8. */
const UNSURE = 'unsure'

/**
 * The charset that the bytes need to be decoded from; undefined for UTF-8, and where none is announced.
 *
 * @throws HttpError for one that does not exist
 */
export function charsetToDecode(
  charset: string | undefined,
  start: Buffer,
  place: string,
): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le'
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be'
  if (charset === undefined || /^utf-?8$/.test(charset)) return undefined
  if (DEFAULT_CHARSETS.test(charset)) return UNSURE
  try {
    return new TextDecoder(charset).encoding
  } catch {
    throw new HttpError(
      'SIDE_FAILED',
      `${place}: the response is in the charset "${shorten(charset)}", which does not exist`,
    )
  }
}

/**
 * @param charset of {@link charsetToDecode}, or UTF-8
 * @throws InvalidInputError for bytes that are not in the charset
 */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  charset: string,
  place: string,
): AsyncGenerator<string, void, undefined> {
  let decoder = charset === UNSURE ? undefined : new TextDecoder(charset, { fatal: true })
  try {
    for await (const chunk of chunks) {
      if (decoder === undefined && !isAscii(chunk)) {
        decoder = new TextDecoder(seemsUtf8(chunk) ? 'utf-8' : 'windows-1252', { fatal: true })
      }
      yield decoder?.decode(chunk, { stream: true }) ?? Buffer.from(chunk).toString('latin1')
    }
    if (decoder !== undefined) yield decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InvalidInputError(`${place}: the response is not ${decoder?.encoding} text`, {
      hint: 'The API announces another charset than it sends, or the text is damaged.',
    })
  }
}

/** Whether a part of a text is UTF-8, which may end within a character. */
function seemsUtf8(bytes: Uint8Array): boolean {
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)))
}

export async function* encodeText(
  texts: AsyncIterable<string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const text of texts) yield Buffer.from(text)
}
