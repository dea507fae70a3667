/**
 * A ZIP archive as a stream: parts are deflated as they come, their sizes follow them. PKWARE's
 * APPNOTE.TXT, sections 4.3 and 4.5.
 */
import { once } from 'node:events'
import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'

/** Where the bytes of an archive go, in order. */
export interface ZipOutput {
  write(data: Uint8Array): Promise<void>
}

interface Part {
  readonly name: Buffer
  readonly offset: number
  crc: number
  packed: number
  size: number
}

/** A position in an archive that it can return to. */
export interface ZipMark {
  readonly parts: number
  readonly offset: number
}

/** A part, or the archive, grew beyond what its 32-bit sizes hold. */
export class ZipTooLarge extends Error {
  override readonly name = 'ZipTooLarge'
}

/** The largest 32-bit value. It also marks that a ZIP64 field holds the real one. */
export const ZIP_LONG = 0xffffffff
export const LONG_COUNT = 0xffff
/** Sizes follow the part, names are in UTF-8. */
const FLAGS = 0x0808
const DEFLATED = 8
const VERSION = 20
const LONG_VERSION = 45
/** 1 January 1980, so that the same records give the same file. */
const DATE = 0x0021

export class ZipWriter {
  readonly #output: ZipOutput
  readonly #longFrom: number | undefined
  readonly #parts: Part[] = []
  #offset = 0
  #part: Part | undefined
  #deflate: DeflateRaw | undefined
  #packed: Buffer[] = []

  /**
   * @param longFrom sizes and offsets from this value, {@link ZIP_LONG} or less, are written as ZIP64;
   *   without it larger ones are rejected
   */
  constructor(output: ZipOutput, { longFrom }: { readonly longFrom?: number } = {}) {
    this.#output = output
    this.#longFrom = longFrom
  }

  async begin(name: string): Promise<void> {
    const part = { name: Buffer.from(name), offset: this.#offset, crc: 0, packed: 0, size: 0 }
    this.#part = part
    this.#parts.push(part)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    writeCommon(head, 4, VERSION)
    head.writeUInt16LE(part.name.length, 26)
    await this.#put(Buffer.concat([head, part.name]))
    this.#deflate = createDeflateRaw()
    this.#deflate.on('data', (chunk: Buffer) => this.#packed.push(chunk))
  }

  /** More of the part that was begun. @throws ZipTooLarge */
  async write(data: string | Uint8Array): Promise<void> {
    const { part, deflate } = this.#current()
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    part.crc = crc32(bytes, part.crc)
    part.size += bytes.length
    this.#check(part.size)
    await new Promise<void>((resolve, reject) => {
      deflate.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
    await this.#flush(part)
  }

  async finish(): Promise<void> {
    const { part, deflate } = this.#current()
    const ended = once(deflate, 'end')
    deflate.end()
    await ended
    await this.#flush(part)
    const isLong = this.#isLong(part.size) || this.#isLong(part.packed)
    const sizes = Buffer.alloc(isLong ? 24 : 16)
    sizes.writeUInt32LE(0x08074b50, 0)
    sizes.writeUInt32LE(part.crc, 4)
    if (isLong) {
      sizes.writeBigUInt64LE(BigInt(part.packed), 8)
      sizes.writeBigUInt64LE(BigInt(part.size), 16)
    } else {
      sizes.writeUInt32LE(part.packed, 8)
      sizes.writeUInt32LE(part.size, 12)
    }
    await this.#put(sizes)
    this.#part = undefined
  }

  mark(): ZipMark {
    return { parts: this.#parts.length, offset: this.#offset }
  }

  /** Forgets what was written since the mark; the output must forget it too. */
  rewind({ parts, offset }: ZipMark): void {
    this.#parts.length = parts
    this.#offset = offset
    this.#part = undefined
    this.#deflate?.close()
    this.#packed = []
  }

  /**
   * Writes the table of contents.
   *
   * @param comment makes the comment of the archive, in ASCII, once all but the last record is written
   */
  async end(comment: () => string = () => ''): Promise<void> {
    const start = this.#offset
    for (const part of this.#parts) await this.#put(this.#entry(part))
    const size = this.#offset - start
    const count = this.#parts.length
    const isLong = [size, start].some((value) => this.#isLong(value)) || count >= LONG_COUNT
    if (isLong) await this.#put(longEnd(count, size, start, this.#offset))
    const text = Buffer.from(comment(), 'latin1')
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(isLong ? LONG_COUNT : count, 8)
    end.writeUInt16LE(isLong ? LONG_COUNT : count, 10)
    end.writeUInt32LE(isLong ? ZIP_LONG : size, 12)
    end.writeUInt32LE(isLong ? ZIP_LONG : start, 16)
    end.writeUInt16LE(text.length, 20)
    await this.#put(Buffer.concat([end, text]))
  }

  #entry(part: Part): Buffer {
    const values = [part.size, part.packed, part.offset]
    const long = values.filter((value) => this.#isLong(value))
    const extra = Buffer.alloc(long.length === 0 ? 0 : 4 + 8 * long.length)
    if (long.length > 0) {
      extra.writeUInt16LE(1, 0)
      extra.writeUInt16LE(8 * long.length, 2)
      for (const [index, value] of long.entries()) {
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index)
      }
    }
    const [size = 0, packed = 0, offset = 0] = values.map((value) =>
      this.#isLong(value) ? ZIP_LONG : value,
    )
    const entry = Buffer.alloc(46)
    const version = long.length > 0 ? LONG_VERSION : VERSION
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(version, 4)
    writeCommon(entry, 6, version)
    entry.writeUInt32LE(part.crc, 16)
    entry.writeUInt32LE(packed, 20)
    entry.writeUInt32LE(size, 24)
    entry.writeUInt16LE(part.name.length, 28)
    entry.writeUInt16LE(extra.length, 30)
    entry.writeUInt32LE(offset, 42)
    return Buffer.concat([entry, part.name, extra])
  }

  #current(): { readonly part: Part; readonly deflate: DeflateRaw } {
    if (this.#part === undefined || this.#deflate === undefined)
      throw new Error('no part was begun')
    return { part: this.#part, deflate: this.#deflate }
  }

  async #flush(part: Part): Promise<void> {
    const chunks = this.#packed
    this.#packed = []
    for (const chunk of chunks) {
      part.packed += chunk.length
      await this.#put(chunk)
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#offset += bytes.length
    this.#check(this.#offset)
    await this.#output.write(bytes)
  }

  #isLong(value: number): boolean {
    return this.#longFrom !== undefined && value >= this.#longFrom
  }

  #check(value: number): void {
    if (this.#longFrom === undefined && value > ZIP_LONG) throw new ZipTooLarge()
  }
}

/** Writes the fields that a part's header and its entry in the table of contents share. */
function writeCommon(bytes: Buffer, at: number, version: number): void {
  bytes.writeUInt16LE(version, at)
  bytes.writeUInt16LE(FLAGS, at + 2)
  bytes.writeUInt16LE(DEFLATED, at + 4)
  bytes.writeUInt16LE(DATE, at + 8)
}

/** The ZIP64 end of the table of contents, and the record that locates it. */
function longEnd(count: number, size: number, start: number, at: number): Buffer {
  const end = Buffer.alloc(56 + 20)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(LONG_VERSION, 12)
  end.writeUInt16LE(LONG_VERSION, 14)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(size), 40)
  end.writeBigUInt64LE(BigInt(start), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(at), 64)
  end.writeUInt32LE(1, 72)
  return end
}
