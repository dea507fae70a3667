/** Decodes the text of a response. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import { HttpError } from './errors.ts'

/** Charsets that servers announce by default, whatever the bytes are. Those bytes show it themselves. */
const DEFAULT_CHARSETS = /^(?:utf-?8|us-ascii|ascii|iso-8859-1|latin1|windows-1252)$/

/**
 * The charset that the bytes need to be decoded from; undefined for UTF-8, and for bytes whose encoding
 * is better detected than believed.
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
  if (charset === undefined || DEFAULT_CHARSETS.test(charset)) return undefined
  try {
    return new TextDecoder(charset).encoding
  } catch {
    throw new HttpError(
      'SIDE_FAILED',
      `${place}: the response is in the charset "${shorten(charset)}", which does not exist`,
    )
  }
}

/** @throws InvalidInputError for bytes that are not in the charset */
export async function* decodeText(
  chunks: AsyncIterable<Uint8Array>,
  charset: string,
  place: string,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder(charset, { fatal: true })
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new InvalidInputError(`${place}: the response is not ${charset} text`, {
      hint: 'The API announces another charset than it sends, or the text is damaged.',
    })
  }
}

export async function* encodeText(
  texts: AsyncIterable<string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const text of texts) yield Buffer.from(text)
}
