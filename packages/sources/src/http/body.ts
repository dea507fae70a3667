/** The bytes of a response: decompressed, counted, and limited. */
import { pipeline, Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { InvalidInputError } from '@chatlayer-tables/core'
import { firstValue } from './content.ts'
import { HttpError } from './errors.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The encodings that are asked for. */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br'

const MAX_ENCODINGS = 2

/** A response that grows more than this, beyond the size, is made to fill the machine. */
const MAX_RATIO = 500
const MIN_BOMB_BYTES = 64 * 1024 * 1024

/** How much may still be read. */
export interface Allowance {
  bytes: number
}

/**
 * The decompressed body.
 *
 * @param place of the response, for errors
 * @throws HttpError for an unknown encoding and a body that is too large; errors of the stream as they are
 */
export async function* readBody(
  body: Readable,
  headers: Headers,
  allowance: Allowance,
  place: string,
): AsyncGenerator<Buffer, void, undefined> {
  const counted = { bytes: 0 }
  let decoded = 0
  try {
    const raw = await peek(count(body, counted))
    const decoders = decodersOf(headers, raw.first, place)
    const stream = decoders.length === 0 ? raw.chunks : through(raw.chunks, decoders)
    for await (const chunk of stream) {
      decoded += chunk.length
      allowance.bytes -= chunk.length
      if (allowance.bytes < 0) {
        throw new InvalidInputError(`${place}: the responses are larger than the limit`, {
          hint: 'Raise maxBytes, or read less by a parameter of the API.',
        })
      }
      if (decoded > MIN_BOMB_BYTES && decoded > counted.bytes * MAX_RATIO) {
        throw new HttpError(
          'SIDE_FAILED',
          `${place}: the compressed response grows to more than ${MAX_RATIO} times its size`,
        )
      }
      yield chunk
    }
  } finally {
    body.destroy()
  }
}

interface Peeked {
  readonly first: Buffer
  readonly chunks: AsyncGenerator<Buffer, void, undefined>
}

/** The chunks, with the first bytes, at least two where there are any. */
async function peek(chunks: AsyncGenerator<Buffer, void, undefined>): Promise<Peeked> {
  let first: Buffer = Buffer.alloc(0)
  while (first.length < 2) {
    const { done, value } = await chunks.next()
    if (done === true) break
    first = first.length === 0 ? value : Buffer.concat([first, value])
  }
  async function* all() {
    if (first.length > 0) yield first
    yield* chunks
  }
  return { first, chunks: all() }
}

async function* count(
  body: Readable,
  counted: { bytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of body) {
    counted.bytes += chunk.length
    yield chunk
  }
}

async function* through(
  chunks: AsyncGenerator<Buffer, void, undefined>,
  decoders: readonly Transform[],
): AsyncGenerator<Buffer, void, undefined> {
  const last = decoders.at(-1)
  if (last === undefined) return
  // Its error is thrown where the last stream is read.
  pipeline([Readable.from(chunks, { objectMode: false }), ...decoders], () => {})
  yield* last
}

function decodersOf(headers: Headers, first: Buffer, place: string): Transform[] {
  const names = (firstValue(headers, 'content-encoding') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity')
  if (names.length > MAX_ENCODINGS) throw unknownEncoding(place, names.join(', '))
  // A file that is stored compressed.
  if (names.length === 0 && isGzip(first)) return [createGunzip()]
  return names
    .toReversed()
    .map((name, index) => decoderOf(name, index === 0 ? first : undefined, place))
}

function decoderOf(name: string, first: Buffer | undefined, place: string): Transform {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    case 'deflate':
      // Some servers omit the header of zlib.
      return first === undefined || ((first[0] ?? 8) & 15) === 8
        ? createInflate()
        : createInflateRaw()
    default:
      throw unknownEncoding(place, name)
  }
}

function unknownEncoding(place: string, name: string): HttpError {
  return new HttpError(
    'SIDE_FAILED',
    `${place}: the response is compressed by ${JSON.stringify(name.slice(0, 40))}, which cannot be read`,
  )
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}
