/**
 * The parts of a ZIP archive, found by its central directory and unpacked as a stream: stored and
 * deflated parts, also beyond 4 GiB; no encryption. yauzl reads the format, the limits are ours.
 */
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl'

/** Bytes that can be read at any offset. */
export interface RandomAccess {
  readonly size: number
  /** Reads exactly this many bytes, fewer only at the end. */
  read(offset: number, length: number): Promise<Buffer>
}

/** The file is not an archive, is damaged, or is of a kind that is not read. */
export class ZipError extends Error {
  override readonly name = 'ZipError'
}

export interface ZipLimits {
  readonly maxEntries: number
  /**
   * How many times larger than packed a part may be, once it is larger than {@link MAX_FREE_SIZE};
   * without a limit by default. Deflate packs up to 1,032 to 1, spreadsheets come to 10 or 20 to 1.
   */
  readonly maxRatio?: number
}

/** Bytes. Smaller parts may have any compression ratio. */
const MAX_FREE_SIZE = 32 * 1024 * 1024

const CHUNK = 64 * 1024
const HEAD_SIZE = 30

export class ZipArchive {
  readonly #file: ZipFile
  readonly #limits: ZipLimits
  readonly #list: readonly Part[]
  readonly #parts: ReadonlyMap<string, Part>

  private constructor(file: ZipFile, limits: ZipLimits, list: readonly Part[]) {
    this.#file = file
    this.#limits = limits
    this.#list = list
    this.#parts = new Map(list.map((part) => [canonicalPath(part.name), part]))
  }

  /** @throws ZipError */
  static async open(bytes: RandomAccess, limits: ZipLimits): Promise<ZipArchive> {
    const list: Part[] = []
    const reader = new Reader(bytes)
    try {
      const file = await fromRandomAccessReaderPromise(reader, bytes.size, {
        autoClose: false,
        decodeStrings: false,
      })
      // The iteration below rejects with them; without a listener they would end the process.
      file.on('error', () => undefined)
      if (file.entryCount > limits.maxEntries) {
        throw new ZipError(
          `it has ${file.entryCount} parts, and at most ${limits.maxEntries} are read`,
        )
      }
      for await (const entry of file.eachEntry()) list.push({ name: nameOf(entry), entry })
      reader.stopReadingAhead()
      return new ZipArchive(file, limits, list)
    } catch (error) {
      throw asZipError(error, 'it ends too early, or its table of contents is damaged')
    }
  }

  /** The names of all parts as in the archive, repeated names included. */
  get names(): string[] {
    return this.#list.map(({ name }) => name)
  }

  /** Size of a part unpacked, in bytes, according to the table of contents; undefined if absent. */
  sizeOf(path: string): number | undefined {
    return this.#part(path)?.entry.uncompressedSize
  }

  /** Whether no byte belongs to two parts. Overlapping parts make a small file hold a large one. */
  get areApart(): boolean {
    let end = 0
    return this.#list
      .map(({ entry }) => entry)
      .sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader)
      .every(({ relativeOffsetOfLocalHeader: offset, compressedSize, fileNameLength }) => {
        const isApart = offset >= end
        end = offset + HEAD_SIZE + fileNameLength + compressedSize
        return isApart
      })
  }

  /** Whether several parts have one name, so that programs differ in which they read. */
  get hasDuplicateNames(): boolean {
    return this.#parts.size < this.#list.length
  }

  has(path: string): boolean {
    return this.#part(path) !== undefined
  }

  /**
   * The bytes of a part; nothing if it is absent.
   *
   * @throws ZipError when the part is damaged or beyond the limits
   */
  async *read(path: string): AsyncGenerator<Buffer, void, undefined> {
    const entry = this.#part(path)?.entry
    if (entry === undefined) return
    this.#check(entry)
    let crc = 0
    try {
      for await (const chunk of await this.#file.openReadStreamPromise(entry)) {
        crc = crc32(chunk, crc)
        yield chunk
      }
    } catch (error) {
      throw asZipError(error, DAMAGED)
    }
    if (crc !== entry.crc32) throw new ZipError(DAMAGED)
  }

  #part(path: string): Part | undefined {
    return this.#parts.get(canonicalPath(path))
  }

  #check(entry: Entry): void {
    const { uncompressedSize: size, compressedSize: packed } = entry
    const { maxRatio = Number.POSITIVE_INFINITY } = this.#limits
    if (entry.isEncrypted()) throw new ZipError('it is encrypted')
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
      throw new ZipError('it is packed by a method that is not supported')
    }
    if (size > MAX_FREE_SIZE && size > packed * maxRatio) {
      throw new ZipError(`a part of it is more than ${maxRatio} times larger than packed`)
    }
  }
}

const DAMAGED = 'a part of it is damaged'

interface Part {
  /** The name as in the archive. */
  readonly name: string
  readonly entry: Entry
}

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
}

/** Names of parts ignore letter case; some programs write backslashes. */
function canonicalPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\//, '').toLowerCase()
}

/** Errors of yauzl and zlib in our words; others, such as a disk that cannot be read, stay. */
function asZipError(error: unknown, message: string): unknown {
  if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype) return error
  const code = 'code' in error ? String(error.code) : 'Z_'
  return code.startsWith('Z_') ? new ZipError(message, { cause: error }) : error
}

/** Gives yauzl the bytes. It reads the table of contents in little pieces, so these are read ahead. */
class Reader extends RandomAccessReader {
  readonly #bytes: RandomAccess
  #window: Buffer = Buffer.alloc(0)
  #start = 0
  #ahead = CHUNK

  constructor(bytes: RandomAccess) {
    super()
    this.#bytes = bytes
  }

  stopReadingAhead(): void {
    this.#ahead = 0
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(chunks(this.#bytes, start, end), { objectMode: false })
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#at(position, length).then(
      (bytes) => done(null, bytes.copy(target, offset)),
      (error: Error) => done(error),
    )
  }

  async #at(position: number, length: number): Promise<Buffer> {
    const isInside =
      position >= this.#start && position + length <= this.#start + this.#window.length
    if (!isInside) {
      this.#window = await this.#bytes.read(position, Math.max(length, this.#ahead))
      this.#start = position
    }
    const at = position - this.#start
    return this.#window.subarray(at, at + length)
  }
}

async function* chunks(bytes: RandomAccess, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const chunk = await bytes.read(at, Math.min(CHUNK, end - at))
    if (chunk.length === 0) return
    yield chunk
    at += chunk.length
  }
}
