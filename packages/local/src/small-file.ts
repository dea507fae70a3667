/** Files that are read whole, such as settings: never more than they may hold, and never for long. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * - `missing`: there is no such file
 * - `not-a-file`: a folder, a device, a socket, or a pipe where none is accepted
 * - `too-large`: longer than it may be
 * - `silent`: a pipe that nobody writes to, or that does not end in time
 * - `unreadable`: the system refuses
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
   * Whether a pipe is read too, to its end: a shell's `<(command)` is one. In milliseconds, how long
   * its end is waited for; not at all when left out.
   */
  readonly pipeTimeoutMs?: number | undefined
}

/** A pipe without a writer is given this long to get one. */
const WRITER_MS = 500
const POLL_MS = 20

// A pipe does not block whoever opens it; the flag means nothing for files, and Windows has none.
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
 * The same for a stream, such as stdin, which is left where it is once it is too long.
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

/** The size that the system says may be wrong: the files of /proc have none. */
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
    // A pipe says the same when it has ended and while it was not begun.
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

/** One byte more than there may be, so that a file that is too large shows. */
function bufferFor(length: number, { maxBytes }: SmallFileOptions): Buffer {
  return Buffer.alloc(Math.min(65_536, maxBytes + 1 - length))
}

/** @returns undefined for a pipe that has nothing yet */
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
  const reason = isMissing ? 'there is no such file' : `the system says ${code}`
  return new SmallFileError(problem, path, reason, error)
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
