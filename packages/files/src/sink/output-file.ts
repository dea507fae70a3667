/** A file that is whole or not there: written under another name, and moved when it is done. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { constants, createWriteStream, type Stats } from 'node:fs'
import { access, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { InvalidInputError } from '@chatlayer-tables/core'
import { asStorageError, storageErrorOf } from '@chatlayer-tables/local'

/** In characters, of the file's own name within the temporary one: file systems end at 255 bytes. */
const LONGEST_NAME = 50

export class OutputFile {
  /** To be written to, and ended by {@link keep} alone. */
  readonly stream: Writable
  readonly #path: string
  readonly #partial: string
  /** Settles once everything is on the disk. */
  readonly #written: Promise<void>
  #failure: Error | undefined

  private constructor(path: string, partial: string, stream: Writable, written: Promise<void>) {
    this.#path = path
    this.#partial = partial
    this.stream = stream
    this.#written = written
    written.catch((error: unknown) => {
      this.#failure = storageErrorOf(error, resolve(path))?.at(dirname(resolve(path)))
    })
  }

  /** Why the file could not be written, where that is the disk's; otherwise the error itself. */
  reasonOf(error: unknown): unknown {
    return this.#failure ?? error
  }

  /**
   * Begins a file beside `path`, which stays as it is, if it is there. A link is followed; the new file
   * gets the permissions of the old one.
   *
   * @throws InvalidInputError when no file can be written there, StorageError when the disk is full
   */
  static async create(path: string, { gzip = false } = {}): Promise<OutputFile> {
    const target = await resolveTarget(path)
    const suffix = `${randomBytes(4).toString('hex')}.partial`
    const partial = join(
      dirname(target.path),
      `${basename(target.path).slice(0, LONGEST_NAME)}.${suffix}`,
    )
    const file = createWriteStream(partial, { flags: 'wx', mode: target.mode, flush: true })
    try {
      await once(file, 'open')
    } catch (error) {
      throw writingError(error, path)
    }
    if (!gzip) {
      const written = once(file, 'close').then(() => {
        if (file.errored) throw file.errored
      })
      return new OutputFile(target.path, partial, file, written)
    }
    const packed = createGzip()
    return new OutputFile(target.path, partial, packed, pipeline(packed, file))
  }

  /** Ends the file and gives it its name. @throws the system's error when it could not all be written */
  async keep(): Promise<void> {
    this.stream.end()
    await this.#written
    await rename(this.#partial, this.#path)
  }

  /** Removes what was written. Does not throw: whoever gives up has a reason to tell already. */
  async discard(): Promise<void> {
    this.stream.destroy()
    await this.#written.catch(() => undefined)
    await rm(this.#partial, { force: true }).catch(() => undefined)
  }
}

interface Target {
  readonly path: string
  readonly mode: number
}

async function resolveTarget(path: string): Promise<Target> {
  let there: Stats
  try {
    there = await stat(path)
  } catch (error) {
    if (isMissing(error)) return { path, mode: 0o666 }
    throw writingError(error, path)
  }
  if (there.isDirectory()) throw refusal(path, 'it is a folder')
  if (!there.isFile()) throw refusal(path, 'it is no regular file; write to stdout and redirect it')
  try {
    await access(path, constants.W_OK)
    return { path: await realpath(path), mode: there.mode & 0o777 }
  } catch (error) {
    throw writingError(error, path)
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** The error of a file that cannot be created where the user wants it. */
export function writingError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS[code]
  return reason === undefined ? asStorageError(error, resolve(path)) : refusal(path, reason)
}

function refusal(path: string, reason: string): InvalidInputError {
  return new InvalidInputError(`cannot write ${path}: ${reason}`, { field: 'path' })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'what its path names as a folder is none',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'the disk can only be read',
  ENAMETOOLONG: 'its name is too long',
}
