/** What shows whether a file was changed. */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { readingError } from '@chatlayer-tables/files'

export interface Fingerprint {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  /** Hash of the whole content, in hex. */
  readonly sha256: string
}

/** Read size in bytes. One buffer is reused: new ones would use memory until they are collected. */
const CHUNK = 256 * 1024

/**
 * Reads the whole file.
 *
 * @throws InvalidInputError where there is none, or reading it is not allowed; the system's error, and
 *   the reason of an abort
 */
export async function fingerprintFile(path: string, signal?: AbortSignal): Promise<Fingerprint> {
  await using file = await opened(path)
  const { size, mtimeMs } = await file.stat()
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  for (let position = 0; ; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(buffer, 0, CHUNK, position)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
  return { size, mtimeMs, sha256: hash.digest('hex') }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (error) {
    throw readingError(error, basename(path))
  }
}

/** The fingerprint of a file that is read for another reason, from its first byte to its last. */
export class FileHash {
  readonly #path: string
  readonly #before: Pick<Fingerprint, 'size' | 'mtimeMs'>
  #hash: Hash | undefined = createHash('sha256')
  #bytes = 0

  /** @param before how the file was before it was read */
  constructor(path: string, { size, mtimeMs }: Pick<Fingerprint, 'size' | 'mtimeMs'>) {
    this.#path = path
    this.#before = { size, mtimeMs }
  }

  update(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    this.#hash?.update(bytes)
  }

  /** Reads the file where not all of it was seen, such as a spreadsheet. */
  async fingerprint(signal?: AbortSignal): Promise<Fingerprint> {
    const sha256 = this.#bytes === this.#before.size ? this.#hash?.digest('hex') : undefined
    this.#hash = undefined
    return sha256 === undefined
      ? await fingerprintFile(this.#path, signal)
      : { ...this.#before, sha256 }
  }
}

/**
 * Whether a file is still as it was when its fingerprint was taken, as far as is known without
 * reading it.
 */
export async function looksUnchanged(path: string, before: Fingerprint): Promise<boolean> {
  const now = await stat(path).catch(() => undefined)
  return now?.size === before.size && now.mtimeMs === before.mtimeMs
}

/** The difference as text; undefined when the content is the same, regardless of the file's date. */
export function fingerprintDifference(before: Fingerprint, now: Fingerprint): string | undefined {
  if (before.sha256 === now.sha256) return undefined
  return before.size === now.size
    ? `it has other content than it had (changed ${dateOf(now)}, was ${dateOf(before)})`
    : `it has ${now.size} bytes, and had ${before.size} (changed ${dateOf(now)})`
}

function dateOf({ mtimeMs }: Fingerprint): string {
  return new Date(mtimeMs).toISOString()
}
