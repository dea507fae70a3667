/**
 * The last bytes of a backup: ZIP's end record with a comment, which holds a hash of all bytes before
 * it. An archive that was cut off, added to or changed in any byte shows there, also where ZIP's own
 * checksums do not look.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { LONG_COUNT, ZIP_LONG } from '@chatlayer-tables/files'

const LABEL = 'chatlayer-tables backup; sha256 of all bytes before this record: '
const HASH_LENGTH = 64
const RECORD_SIZE = 22
const COMMENT_SIZE = LABEL.length + HASH_LENGTH
/** The end record and its comment, in bytes. */
const SEAL_SIZE = RECORD_SIZE + COMMENT_SIZE

const CHUNK = 1024 * 1024

/** @param sha256 of all bytes before the end record, in hex */
export function sealComment(sha256: string): string {
  return `${LABEL}${sha256}`
}

export interface SealReading {
  /** `missing` where the file does not end as a backup does. */
  readonly seal: 'whole' | 'missing' | 'broken'
  /** Hash of the whole file, in hex. */
  readonly sha256: string
}

/** Reads the whole file. @param onProgress called with how many bytes were read so far */
export async function readSeal(
  file: FileHandle,
  size: number,
  signal: AbortSignal | undefined,
  onProgress: (bytes: number) => void,
): Promise<SealReading> {
  const body = Math.max(0, size - SEAL_SIZE)
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  let at = 0
  let bodyHash = ''
  let tail = Buffer.alloc(0)
  while (at < size) {
    signal?.throwIfAborted()
    const end = at < body ? body : size
    const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, end - at), at)
    if (bytesRead === 0) break
    const bytes = buffer.subarray(0, bytesRead)
    hash.update(bytes)
    if (at >= body) tail = Buffer.concat([tail, bytes])
    at += bytesRead
    if (at === body) bodyHash = hash.copy().digest('hex')
    onProgress(at)
  }
  return { seal: compare(tail, bodyHash, body), sha256: hash.digest('hex') }
}

/** @param body bytes before the end record */
function compare(tail: Buffer, sha256: string, body: number): SealReading['seal'] {
  const isThere =
    tail.length === SEAL_SIZE &&
    tail.readUInt32LE(0) === 0x06054b50 &&
    tail.readUInt16LE(RECORD_SIZE - 2) === COMMENT_SIZE &&
    tail.toString('latin1', RECORD_SIZE, RECORD_SIZE + LABEL.length) === LABEL
  if (!isThere) return 'missing'
  if (!isConsistent(tail, body)) return 'broken'
  return tail.toString('latin1', RECORD_SIZE + LABEL.length) === sha256 ? 'whole' : 'broken'
}

/** The hash does not cover the end record itself; each of its fields follows from what is before it. */
function isConsistent(record: Buffer, body: number): boolean {
  const disks = record.readUInt32LE(4)
  const [onDisk, count] = [record.readUInt16LE(8), record.readUInt16LE(10)]
  const [size, offset] = [record.readUInt32LE(12), record.readUInt32LE(16)]
  const isLong = count === LONG_COUNT || size === ZIP_LONG || offset === ZIP_LONG
  return disks === 0 && onDisk === count && (isLong || offset + size === body)
}
