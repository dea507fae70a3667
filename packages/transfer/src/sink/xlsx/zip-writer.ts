/**
 * A ZIP archive as a stream: parts are deflated as they come, their sizes follow them. PKWARE's
 * APPNOTE.TXT, section 4.3.
 */
import { once } from 'node:events'
import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'
import type { Output } from '../output.ts'

interface Part {
  readonly name: Buffer
  readonly offset: number
  crc: number
  packed: number
  size: number
}

/** A part, or the archive, grew beyond what its 32-bit sizes hold. */
export class ZipTooLarge extends Error {
  override readonly name = 'ZipTooLarge'
}

const MOST = 0xffffffff
/** Deflated, its sizes behind it, names in UTF-8. */
const FLAGS = 0x0808
const DEFLATED = 8
const VERSION = 20
/** 1 January 1980, so that the same records give the same file. */
const DATE = 0x0021

export class ZipWriter {
  readonly #output: Output
  readonly #parts: Part[] = []
  #offset = 0
  #part: Part | undefined
  #deflate: DeflateRaw | undefined
  #packed: Buffer[] = []

  constructor(output: Output) {
    this.#output = output
  }

  async begin(name: string): Promise<void> {
    const part = { name: Buffer.from(name), offset: this.#offset, crc: 0, packed: 0, size: 0 }
    this.#part = part
    this.#parts.push(part)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    writeCommon(head, 4)
    head.writeUInt16LE(part.name.length, 26)
    await this.#put(Buffer.concat([head, part.name]))
    this.#deflate = createDeflateRaw()
    this.#deflate.on('data', (chunk: Buffer) => this.#packed.push(chunk))
  }

  /** More of the part that was begun. @throws ZipTooLarge */
  async write(text: string): Promise<void> {
    const { part, deflate } = this.#current()
    const bytes = Buffer.from(text)
    part.crc = crc32(bytes, part.crc)
    part.size += bytes.length
    if (part.size > MOST) throw new ZipTooLarge()
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
    const sizes = Buffer.alloc(16)
    sizes.writeUInt32LE(0x08074b50, 0)
    writeSizes(sizes, 4, part)
    await this.#put(sizes)
    this.#part = undefined
  }

  /** Writes the table of contents. */
  async end(): Promise<void> {
    const start = this.#offset
    for (const part of this.#parts) {
      const entry = Buffer.alloc(46)
      entry.writeUInt32LE(0x02014b50, 0)
      entry.writeUInt16LE(VERSION, 4)
      writeCommon(entry, 6)
      writeSizes(entry, 16, part)
      entry.writeUInt16LE(part.name.length, 28)
      entry.writeUInt32LE(part.offset, 42)
      await this.#put(Buffer.concat([entry, part.name]))
    }
    const end = Buffer.alloc(22)
    end.writeUInt32LE(0x06054b50, 0)
    end.writeUInt16LE(this.#parts.length, 8)
    end.writeUInt16LE(this.#parts.length, 10)
    end.writeUInt32LE(this.#offset - start, 12)
    end.writeUInt32LE(start, 16)
    await this.#put(end)
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
    if (this.#offset > MOST) throw new ZipTooLarge()
    await this.#output.write(bytes)
  }
}

/** What the head of a part and its entry in the table of contents have alike. */
function writeCommon(bytes: Buffer, at: number): void {
  bytes.writeUInt16LE(VERSION, at)
  bytes.writeUInt16LE(FLAGS, at + 2)
  bytes.writeUInt16LE(DEFLATED, at + 4)
  bytes.writeUInt16LE(DATE, at + 8)
}

function writeSizes(bytes: Buffer, at: number, { crc, packed, size }: Part): void {
  bytes.writeUInt32LE(crc, at)
  bytes.writeUInt32LE(packed, at + 4)
  bytes.writeUInt32LE(size, at + 8)
}
