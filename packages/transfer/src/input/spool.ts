/** Copies input to a file, so that it can be read more than once. */

import type { FileHandle } from 'node:fs/promises'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'
import { asStorageError, temporaryFolder } from '@chatlayer-tables/local'
import type { InputFormat, RepeatableInput } from './input.ts'

/** The name of the copy in the folder of a job. */
export const SPOOLED = 'input'

/**
 * Copies bytes that come once.
 *
 * @param path of a file that does not exist
 * @throws StorageError when it cannot be written, and the reason of an abort
 */
export async function spool(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using file = await create(path)
  await copy(bytes, file, path, signal)
}

/**
 * Copies all that an input returns in one reading that did not break.
 *
 * @param path of a file that does not exist
 * @returns how the copy is read
 * @throws StorageError when it cannot be written, the error of the last reading, and the reason of an abort
 */
export async function spoolInput(
  input: RepeatableInput,
  path: string,
  signal: AbortSignal | undefined,
): Promise<InputFormat> {
  await using file = await create(path)
  return await copyInput(input, file, path, signal)
}

/** Of a new file: read anywhere, written at its end, also after it was cut. */
const APPENDING = 'ax+'

/** A copy in a file without a name, which ends with the process however that ends. */
export interface TemporaryCopy extends AsyncDisposable {
  readonly file: FileHandle
  readonly name: string
  readonly format: InputFormat
}

/** Copies an input as {@link spoolInput} does, to a temporary file. */
export async function spoolTemporarily(
  input: RepeatableInput,
  signal: AbortSignal | undefined,
): Promise<TemporaryCopy> {
  const parent = temporaryFolder()
  const file = await createNameless(parent)
  try {
    const format = await copyInput(input, file, parent, signal)
    return { file, name: input.name, format, [Symbol.asyncDispose]: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function createNameless(parent: string): Promise<FileHandle> {
  try {
    const folder = await mkdtemp(join(parent, 'chatlayer-tables-'))
    try {
      return await open(join(folder, SPOOLED), APPENDING, 0o600)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  } catch (error) {
    throw asStorageError(error, parent)
  }
}

async function create(path: string): Promise<FileHandle> {
  try {
    return await open(path, APPENDING, 0o600)
  } catch (error) {
    throw asStorageError(error, path)
  }
}

/** Pauses before the input is read again, in milliseconds. */
const PAUSES_MS = [250, 1_000, 3_000]

async function copyInput(
  input: RepeatableInput,
  file: FileHandle,
  path: string,
  signal: AbortSignal | undefined,
): Promise<InputFormat> {
  for (let attempt = 0; ; attempt++) {
    try {
      await using reading = await input.read(signal)
      await copy(reading.bytes, file, path, signal)
      return reading.format
    } catch (error) {
      const pause = PAUSES_MS[attempt]
      if (pause === undefined || signal?.aborted || !isTransient(error)) throw error
      await input.onRepeat?.(error)
      await setTimeout(pause, undefined, { signal })
      await file.truncate()
    }
  }
}

function isTransient(error: unknown): error is Error {
  return error instanceof Error && 'isTransient' in error && error.isTransient === true
}

async function copy(
  bytes: AsyncIterable<Uint8Array>,
  file: FileHandle,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const out = appender(file)
  try {
    await (signal === undefined ? pipeline(bytes, out) : pipeline(bytes, out, { signal }))
  } catch (error) {
    throw out.errored === error ? asStorageError(error, path) : error
  }
}

/** Unlike a stream of the file, it leaves the file open. */
function appender(file: FileHandle): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _, done) => {
      file.appendFile(chunk).then(() => done(), done)
    },
  })
}
