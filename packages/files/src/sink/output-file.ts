/** Writes a file under a temporary name and renames it when complete, so that no part remains. */
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

/** How many characters of the file name the temporary name keeps. File systems allow 255 bytes. */
const MAX_NAME_LENGTH = 50

export class OutputFile {
  /** Receives the content. Only {@link keep} may end it. */
  readonly stream: Writable
  readonly #path: string
  readonly #partial: string
  /** Resolves once everything is on the disk. */
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

  /** The storage error when the disk is the cause; otherwise the error itself. */
  reasonOf(error: unknown): unknown {
    return this.#failure ?? error
  }

  /**
   * Creates the temporary file next to `path`. A file at `path` stays unchanged until {@link keep}. A
   * link is followed; the new file gets the permissions of the old one.
   *
   * @throws InvalidInputError when no file can be written there, StorageError when the disk is full
   */
  static async create(path: string, { gzip = false } = {}): Promise<OutputFile> {
    const target = await resolveTarget(path)
    const suffix = `${randomBytes(4).toString('hex')}.partial`
    const partial = join(
      dirname(target.path),
      `${basename(target.path).slice(0, MAX_NAME_LENGTH)}.${suffix}`,
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

  /** Ends the file and renames it. @throws the system's error when it could not be written completely */
  async keep(): Promise<void> {
    this.stream.end()
    await this.#written
    await rename(this.#partial, this.#path)
  }

  /** Removes what was written. Does not throw: the caller already has an error to report. */
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
  if (there.isDirectory()) throw rejection(path, 'it is a folder')
  if (!there.isFile())
    throw rejection(path, 'it is not a regular file; write to stdout and redirect it')
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
  return reason === undefined ? asStorageError(error, resolve(path)) : rejection(path, reason)
}

function rejection(path: string, reason: string): InvalidInputError {
  return new InvalidInputError(`cannot write ${path}: ${reason}`, { field: 'path' })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'the disk can only be read',
  ENAMETOOLONG: 'its name is too long',
}
