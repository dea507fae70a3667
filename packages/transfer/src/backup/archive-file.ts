/** The file of a backup while it is written: under another name, until it is whole. */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  writingError,
  ZIP_LONG,
  type ZipMark,
  type ZipOutput,
  ZipWriter,
} from '@chatlayer-tables/files'
import { asStorageError, syncFolder } from '@chatlayer-tables/local'
import type { FileFacts } from './manifest.ts'
import { sealComment } from './seal.ts'

/** A place in the archive to which it can go back. */
export interface ArchiveMark {
  readonly zip: ZipMark
  readonly hash: Hash
}

export class ArchiveFile implements AsyncDisposable {
  readonly #path: string
  readonly #partial: string
  readonly #file: FileHandle
  readonly #zip: ZipWriter
  #hash = createHash('sha256')
  #offset = 0
  #isInPlace = false

  private constructor(path: string, partial: string, file: FileHandle) {
    this.#path = path
    this.#partial = partial
    this.#file = file
    const output: ZipOutput = { write: (data) => this.#put(data) }
    this.#zip = new ZipWriter(output, { longFrom: ZIP_LONG })
  }

  /** @throws InvalidInputError when no file can be written there, StorageError when the disk is full */
  static async create(path: string): Promise<ArchiveFile> {
    const partial = `${path}.${process.pid}.partial`
    try {
      return new ArchiveFile(path, partial, await open(partial, 'w'))
    } catch (error) {
      throw writingError(error, path)
    }
  }

  /** How many bytes it has so far. */
  get size(): number {
    return this.#offset
  }

  /** Adds a file whose content comes as texts. */
  async add(path: string, texts: AsyncIterable<string> | Iterable<string>): Promise<FileFacts> {
    const hash = createHash('sha256')
    let bytes = 0
    await this.#zip.begin(path)
    for await (const text of texts) {
      const chunk = Buffer.from(text)
      hash.update(chunk)
      bytes += chunk.length
      await this.#zip.write(chunk)
    }
    await this.#zip.finish()
    return { path, bytes, sha256: hash.digest('hex') }
  }

  mark(): ArchiveMark {
    return { zip: this.#zip.mark(), hash: this.#hash.copy() }
  }

  /** Forgets what was added since. */
  async rewind({ zip, hash }: ArchiveMark): Promise<void> {
    this.#zip.rewind(zip)
    this.#hash = hash.copy()
    this.#offset = zip.offset
    await this.#file.truncate(zip.offset)
  }

  /** Ends the archive and gives it its name. */
  async finish(): Promise<void> {
    await this.#zip.end(() => sealComment(this.#hash.copy().digest('hex')))
    try {
      await this.#file.sync()
      await this.#file.close()
      await rename(this.#partial, this.#path)
    } catch (error) {
      throw this.#reasonOf(error)
    }
    this.#isInPlace = true
    syncFolder(dirname(this.#path))
  }

  /** Removes what did not come to be whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isInPlace) return
    await this.#file.close().catch(() => undefined)
    await rm(this.#partial, { force: true })
  }

  async #put(data: Uint8Array): Promise<void> {
    this.#hash.update(data)
    let done = 0
    while (done < data.length) {
      const { bytesWritten } = await this.#write(data.subarray(done))
      done += bytesWritten
      this.#offset += bytesWritten
    }
  }

  async #write(data: Uint8Array): Promise<{ bytesWritten: number }> {
    try {
      return await this.#file.write(data, 0, data.length, this.#offset)
    } catch (error) {
      throw this.#reasonOf(error)
    }
  }

  #reasonOf(error: unknown): unknown {
    return asStorageError(error, resolve(this.#path))
  }
}
