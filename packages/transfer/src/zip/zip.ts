/**
 * The parts of a ZIP archive, found by its central directory and unpacked as a stream: stored and deflated parts, also beyond 4 GiB; no encryption.
 * Layout: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.
 */
import { Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'

/** Bytes of which any part can be read. */
export interface RandomAccess {
  readonly size: number
  /** Exactly so many bytes, fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>
}

/** The archive is none, damaged, or of a kind that is not read. */
export class ZipError extends Error {
  override readonly name = 'ZipError'
}

interface Entry {
  /** As it stands in the archive. */
  readonly name: string
  readonly offset: number
  readonly packed: number
  readonly size: number
  readonly crc: number
  readonly deflated: boolean
}

const CHUNK = 128 * 1024
const HEAD_SIZE = 30
const END_SIZE = 22
const LONGEST_COMMENT = 65_535
/** It is held in memory. */
const LARGEST_DIRECTORY = 64 * 1024 * 1024

export class ZipArchive {
  readonly #bytes: RandomAccess
  readonly #list: readonly Entry[]
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(bytes: RandomAccess, list: readonly Entry[]) {
    this.#bytes = bytes
    this.#list = list
    this.#entries = new Map(list.map((entry) => [canonicalPath(entry.name), entry]))
  }

  /** @throws ZipError */
  static async open(bytes: RandomAccess): Promise<ZipArchive> {
    const { count, offset, size } = await findDirectory(bytes)
    if (size > LARGEST_DIRECTORY) throw new ZipError('its table of contents is wrong')
    const entries = readDirectory(await bytes.read(offset, size), count)
    return new ZipArchive(bytes, entries)
  }

  /** The names of all parts as they stand in the archive, any twice that stand there twice. */
  get names(): string[] {
    return this.#list.map(({ name }) => name)
  }

  /** How many bytes a part has unpacked, as the table of contents says; undefined for none. */
  sizeOf(path: string): number | undefined {
    return this.#entries.get(canonicalPath(path))?.size
  }

  /** Whether no byte belongs to two parts, which is how a small file is made to hold a large one. */
  get areApart(): boolean {
    let end = 0
    return this.#list
      .toSorted((a, b) => a.offset - b.offset)
      .every(({ offset, packed, name }) => {
        const isApart = offset >= end
        end = offset + HEAD_SIZE + Buffer.byteLength(name) + packed
        return isApart
      })
  }

  has(path: string): boolean {
    return this.#entries.has(canonicalPath(path))
  }

  /**
   * The bytes of a part; nothing for one that is not there.
   *
   * @throws ZipError when the part is damaged
   */
  async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
    const entry = this.#entries.get(canonicalPath(path))
    if (entry === undefined) return
    let crc = 0
    let size = 0
    try {
      const packed = this.#packed(entry)
      const chunks = entry.deflated ? inflate(packed) : packed
      for await (const chunk of chunks) {
        crc = crc32(chunk, crc)
        size += chunk.length
        if (size > entry.size) break
        yield chunk
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
        throw new ZipError('a part of it is damaged')
      }
      throw error
    }
    if (size !== entry.size || crc !== entry.crc) throw new ZipError('a part of it is damaged')
  }

  async *#packed({ offset, packed }: Entry): AsyncGenerator<Buffer> {
    const head = await this.#bytes.read(offset, HEAD_SIZE)
    if (head.length < HEAD_SIZE || head.readUInt32LE(0) !== 0x04034b50) {
      throw new ZipError('its table of contents is wrong')
    }
    let at = offset + HEAD_SIZE + head.readUInt16LE(26) + head.readUInt16LE(28)
    const end = at + packed
    while (at < end) {
      const chunk = await this.#bytes.read(at, Math.min(CHUNK, end - at))
      if (chunk.length === 0) throw new ZipError('it ends too early')
      yield chunk
      at += chunk.length
    }
  }
}

async function* inflate(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(packed)
  const inflated = createInflateRaw()
  source.on('error', (error) => inflated.destroy(error))
  try {
    for await (const chunk of source.pipe(inflated)) yield chunk as Buffer
  } finally {
    source.destroy()
  }
}

interface Directory {
  readonly count: number
  readonly offset: number
  readonly size: number
}

async function findDirectory(bytes: RandomAccess): Promise<Directory> {
  const start = Math.max(0, bytes.size - END_SIZE - LONGEST_COMMENT)
  const tail = await bytes.read(start, bytes.size - start)
  const at = tail.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'))
  if (at === -1 || at + END_SIZE > tail.length) throw new ZipError('it ends too early')
  const count = tail.readUInt16LE(at + 10)
  const size = tail.readUInt32LE(at + 12)
  const offset = tail.readUInt32LE(at + 16)
  if (count !== 0xffff && size !== 0xffffffff && offset !== 0xffffffff) {
    return { count, offset, size }
  }
  const locator = at - 20
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return { count, offset, size }
  const record = await bytes.read(Number(tail.readBigUInt64LE(locator + 8)), 56)
  if (record.length < 56 || record.readUInt32LE(0) !== 0x06064b50) {
    throw new ZipError('its table of contents is wrong')
  }
  return {
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
  }
}

function readDirectory(bytes: Buffer, count: number): Entry[] {
  const entries: Entry[] = []
  let at = 0
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) {
      throw new ZipError('its table of contents is wrong')
    }
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28)
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30)
    const method = bytes.readUInt16LE(at + 10)
    if ((bytes.readUInt16LE(at + 8) & 1) === 1) throw new ZipError('it is encrypted')
    if (method !== 0 && method !== 8) throw new ZipError('it is packed in a way that is not read')
    const [size, packed, offset] = longSizes(bytes.subarray(nameEnd, extraEnd), [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ])
    entries.push({
      name: bytes.toString('utf8', at + 46, nameEnd),
      size,
      packed,
      offset,
      crc: bytes.readUInt32LE(at + 16),
      deflated: method === 8,
    })
    at = extraEnd + bytes.readUInt16LE(at + 32)
  }
  return entries
}

type Sizes = [size: number, packed: number, offset: number]

/** Those that do not fit in 32 bits stand in an extra field, in this order. */
function longSizes(extra: Buffer, sizes: Sizes): Sizes {
  let at = 0
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2)
    if (extra.readUInt16LE(at) !== 1) {
      at = end
      continue
    }
    let long = at + 4
    return sizes.map((size) => {
      if (size !== 0xffffffff || long + 8 > Math.min(end, extra.length)) return size
      long += 8
      return Number(extra.readBigUInt64LE(long - 8))
    }) as Sizes
  }
  return sizes
}

/** Names of parts mind no letter case; some programs write backslashes. */
function canonicalPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\//, '').toLowerCase()
}
