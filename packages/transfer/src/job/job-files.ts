/** Files of a job that another machine needs to resume it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asStorageError, StorageError } from '@chatlayer-tables/local'
import type { FileName, JobReplica, JobReplicas, ReplicaFile } from './job-replicas.ts'

/** A file of a job, or of its user. */
export interface JobFile {
  /** Its path within the folder of the job, with `/`. */
  readonly name: string
  /**
   * Where it is, for a file of the user that the job reads: it is copied where it is small, and has to be
   * reachable on every machine where it is not. Undefined for a file in the folder of the job.
   */
  readonly path?: string | undefined
}

/**
 * Copies files of a part of a job to its replica.
 *
 * @param folder of the part
 * @throws StorageError, of the kind `full` for a file that is too large
 */
export async function putFiles(
  { limits, place }: Pick<JobReplicas, 'limits' | 'place'>,
  replica: JobReplica,
  { part, folder, files }: { part: string; folder: string; files: readonly JobFile[] },
): Promise<void> {
  for (const { name, path: own } of files) {
    const path = own ?? join(folder, name)
    const found = await stat(path).catch((error: unknown) => {
      if (own !== undefined) return undefined
      throw asStorageError(error, path)
    })
    const isOptional = own !== undefined
    if (found === undefined || (isOptional && !(found.isFile() && found.size <= limits.inputBytes)))
      continue
    if (found.size > limits.fileBytes) throw tooLarge(name, found.size, limits.fileBytes, place)
    await replica.putFile({ part, name }, createReadStream(path, { highWaterMark: READ_BYTES }))
  }
}

const READ_BYTES = 1024 * 1024

function tooLarge(name: string, size: number, most: number, place: string): StorageError {
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6)
  return new StorageError('full', place, {
    message: `the job needs a file of ${megabytes(size)} MB ("${name}") in ${place}, and the limit is ${megabytes(most)} MB`,
    hint: 'Read the input from a file that all machines can reach, set CHATLAYER_STATE_FILE_MB higher, or run without a shared state.',
  })
}

/**
 * Writes a file of a replica into the folder of its part, which only this user may read. One that is there
 * and has the same content stays.
 *
 * @throws StorageError, of the kind `damaged` where what the replica has is not what was put there
 */
export async function fetchFile(
  replica: JobReplica,
  folder: string,
  file: ReplicaFile,
): Promise<void> {
  const path = join(folder, checked(file))
  if (await isSame(path, file)) return
  const hash = createHash('sha256')
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await rm(path, { force: true })
    await using target = await open(path, 'wx', 0o600)
    for await (const piece of replica.readFile(file)) {
      hash.update(piece)
      await target.writeFile(piece)
    }
    await target.sync()
  } catch (error) {
    throw asStorageError(error, path)
  }
  if (hash.digest('hex') === file.sha256) return
  await rm(path, { force: true })
  throw new StorageError('damaged', path, {
    message: `the file "${file.name}" of the job is not what it was when the job began`,
    hint: 'Remove the job, undo what it wrote, and begin again.',
  })
}

/** A name that leads out of the folder was not written by this program. @throws StorageError */
function checked({ part, name }: FileName): string {
  if (isWithin(name)) return name
  throw new StorageError('damaged', name, { detail: `a file of the part "${part}" of a job` })
}

/** Whether a path with `/` stays within the folder that it is relative to. */
export function isWithin(path: string): boolean {
  return path.split('/').every((each) => /^[\w.-]+$/.test(each) && !/^\.+$/.test(each))
}

async function isSame(path: string, { size, sha256 }: ReplicaFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile() || found.size !== size) return false
  const hash = createHash('sha256')
  try {
    for await (const bytes of createReadStream(path)) hash.update(bytes)
  } catch (error) {
    throw asStorageError(error, path)
  }
  return hash.digest('hex') === sha256
}
