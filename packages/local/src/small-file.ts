/** Files that are read whole, such as settings: up to a limit of bytes and of time. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * - `missing`: there is no such file
 * - `not-a-file`: a folder, a device, a socket, or a pipe where none is accepted
 * - `too-large`: more bytes than allowed
 * - `silent`: a pipe without a writer, or one that does not end in time
 * - `unreadable`: the system returned an error
 */
export type SmallFileProblem = 'missing' | 'not-a-file' | 'too-large' | 'silent' | 'unreadable'

/** A file cannot be read as a whole. The message is the reason, and names no path. */
export class SmallFileError extends Error {
  override readonly name = 'SmallFileError'
  readonly problem: SmallFileProblem
  readonly path: string

  constructor(problem: SmallFileProblem, path: string, reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause })
    this.problem = problem
    this.path = path
  }
}

export interface SmallFileOptions {
  readonly maxBytes: number
  /**
   * How long to wait for the end of a pipe, such as a shell's `<(command)`, in milliseconds (default: a
   * pipe is not read).
   */
  readonly pipeTimeoutMs?: number | undefined
}

/** How long to wait for the writer of a pipe. */
const WRITER_MS = 500
const POLL_MS = 20

// Opening a pipe does not block. The flag has no effect on files, and Windows does not have it.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** @throws SmallFileError */
export async function readSmallFile(path: string, options: SmallFileOptions): Promise<string> {
  try {
    await using file = await open(path, FLAGS)
    const stats = await file.stat()
    const isPipe = stats.isFIFO() && options.pipeTimeoutMs !== undefined
    if (!isPipe) check(path, stats, options)
    return await readAll(file, path, options, isPipe)
  } catch (error) {
    throw asSmallFileError(error, path)
  }
}

/**
 * The same for a stream, such as stdin, which is not read further once it is too long.
 *
 * @throws SmallFileError
 */
export async function readSmallStream(
  stream: AsyncIterable<string | Uint8Array>,
  options: { readonly name: string; readonly maxBytes: number },
): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    const part = Buffer.from(chunk)
    parts.push(part)
    length += part.length
    if (length > options.maxBytes) throw tooLarge(options.name, options)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** The same for regular files alone. @throws SmallFileError */
export function readSmallFileSync(path: string, options: { readonly maxBytes: number }): string {
  let file: number | undefined
  try {
    file = openSync(path, FLAGS)
    check(path, fstatSync(file), options)
    const parts: Buffer[] = []
    let length = 0
    for (;;) {
      const buffer = bufferFor(length, options)
      const read = readSync(file, buffer, 0, buffer.length, null)
      if (read === 0) return Buffer.concat(parts).toString('utf8')
      parts.push(buffer.subarray(0, read))
      length += read
      if (length > options.maxBytes) throw tooLarge(path, options)
    }
  } catch (error) {
    throw asSmallFileError(error, path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function check(path: string, stats: Stats, options: SmallFileOptions): void {
  if (!stats.isFile()) throw new SmallFileError('not-a-file', path, `it is ${kindOf(stats)}`)
  if (stats.size > options.maxBytes) throw tooLarge(path, options)
}

/** Reads to the end, since the reported size may be wrong: files of /proc have none. */
async function readAll(
  file: FileHandle,
  path: string,
  options: SmallFileOptions,
  isPipe: boolean,
): Promise<string> {
  const began = performance.now()
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    const buffer = bufferFor(length, options)
    const read = await readSome(file, buffer)
    const waited = performance.now() - began
    // A pipe reads as empty at its end and before its first write.
    const isBegun = length > 0 || waited > WRITER_MS
    if (read === 0 && (!isPipe || isBegun)) return Buffer.concat(parts).toString('utf8')
    if (read === undefined && waited > (options.pipeTimeoutMs ?? 0)) {
      throw new SmallFileError('silent', path, 'it is a pipe that does not end')
    }
    if (!read) {
      await sleep(POLL_MS)
      continue
    }
    parts.push(buffer.subarray(0, read))
    length += read
    if (length > options.maxBytes) throw tooLarge(path, options)
  }
}

/** One byte more than allowed, to detect a file that is too large. */
function bufferFor(length: number, { maxBytes }: SmallFileOptions): Buffer {
  return Buffer.alloc(Math.min(65_536, maxBytes + 1 - length))
}

/** @returns undefined for a pipe without data so far */
async function readSome(file: FileHandle, buffer: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(buffer, 0, buffer.length, null)).bytesRead
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return undefined
    throw error
  }
}

function tooLarge(path: string, { maxBytes }: { readonly maxBytes: number }): SmallFileError {
  const most = maxBytes.toLocaleString('en-US')
  return new SmallFileError('too-large', path, `it is larger than ${most} bytes`)
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}

function asSmallFileError(error: unknown, path: string): unknown {
  if (error instanceof SmallFileError || !(error instanceof Error)) return error
  const code = codeOf(error)
  if (code === '' || !('syscall' in error)) return error
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
  const problem = isMissing ? 'missing' : code === 'ENXIO' ? 'not-a-file' : 'unreadable'
  const reason = isMissing ? 'there is no such file' : `the system reports ${code}`
  return new SmallFileError(problem, path, reason, error)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
