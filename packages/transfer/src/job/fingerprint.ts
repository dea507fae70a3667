/** What tells a file from a changed one. */
import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'

export interface Fingerprint {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  /** Of the whole content, in hex. */
  readonly sha256: string
  /** How often a line ends in it, which tells something of text; undefined for gzip. */
  readonly lines?: number | undefined
}

/** In bytes, at once, into the same place: new ones would pile up until the garbage is collected. */
const CHUNK = 256 * 1024
const NEWLINE = 10
/** How a gzip file begins. */
const GZIP = Buffer.from([0x1f, 0x8b])

/** Reads the whole file. Throws the system's error where it cannot, and the reason of an abort. */
export async function fingerprintFile(path: string, signal?: AbortSignal): Promise<Fingerprint> {
  await using file = await open(path)
  const { size, mtimeMs } = await file.stat()
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CHUNK)
  let lines = 0
  let isText = true
  for (let position = 0; ; ) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(buffer, 0, CHUNK, position)
    if (bytesRead === 0) break
    const chunk = buffer.subarray(0, bytesRead)
    hash.update(chunk)
    if (position === 0) isText = chunk.indexOf(GZIP) !== 0
    lines += newlinesIn(chunk)
    position += bytesRead
  }
  return { size, mtimeMs, sha256: hash.digest('hex'), lines: isText ? lines : undefined }
}

function newlinesIn(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) count++
  return count
}

/**
 * Whether a file is still as it was when its fingerprint was taken, as far as can be told without
 * reading it.
 */
export async function looksUnchanged(path: string, before: Fingerprint): Promise<boolean> {
  const now = await stat(path).catch(() => undefined)
  return now?.size === before.size && now.mtimeMs === before.mtimeMs
}

/** What differs, in words; undefined when the content is the same, whatever the file's date says. */
export function fingerprintDifference(before: Fingerprint, now: Fingerprint): string | undefined {
  if (before.sha256 === now.sha256) return undefined
  return before.size === now.size
    ? `it has other content than it had (changed ${dateOf(now)}, was ${dateOf(before)})`
    : `it has ${now.size} bytes, and had ${before.size} (changed ${dateOf(now)})`
}

function dateOf({ mtimeMs }: Fingerprint): string {
  return new Date(mtimeMs).toISOString()
}
