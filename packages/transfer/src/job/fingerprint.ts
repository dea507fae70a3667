/** What tells a file from a changed one. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

export interface Fingerprint {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly mtimeMs: number
  /** Of the whole content, in hex. */
  readonly sha256: string
  /** How often a line ends in it, which tells something of text; undefined for gzip. */
  readonly lines?: number | undefined
}

/** In bytes, at once. */
const CHUNK = 1024 * 1024
const NEWLINE = 10
/** How a gzip file begins. */
const GZIP = Buffer.from([0x1f, 0x8b])

/** Reads the whole file. Throws the system's error where it cannot, and the reason of an abort. */
export async function fingerprintFile(path: string, signal?: AbortSignal): Promise<Fingerprint> {
  const { size, mtimeMs } = await stat(path)
  const hash = createHash('sha256')
  let lines = 0
  let isText = true
  let isFirst = true
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    signal?.throwIfAborted()
    hash.update(chunk)
    if (isFirst) isText = chunk.indexOf(GZIP) !== 0
    isFirst = false
    lines += newlinesIn(chunk)
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
  const { size, mtimeMs } = await stat(path)
  return size === before.size && mtimeMs === before.mtimeMs
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
