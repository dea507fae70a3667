/** Where the input of a job is when it is resumed, perhaps on another machine. */
import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import { SPOOLED } from '../input/spool.ts'
import type { Job } from './job.ts'
import type { JobFile } from './job-files.ts'

/** A file that the user names, in place of the one that the job began with; its content must be the same. */
export interface GivenInput {
  readonly path: string
}

/** The input as a file of the job. @param path where it is; undefined for what the job keeps a copy of */
export function inputFile(path: string | undefined, folder = ''): JobFile {
  return { name: `${folder}${SPOOLED}`, path }
}

/**
 * The file that the user names, or the one that the job began with, or the copy of it that the job keeps.
 * A file that is there counts more than the copy: where it was changed, that is to be found out.
 *
 * @param path where it was when the job began; undefined for what the job keeps a copy of
 * @param folder of the copy
 */
export async function findInput(
  path: string | undefined,
  folder: string,
  given?: GivenInput | undefined,
): Promise<string> {
  if (given !== undefined) return resolve(given.path)
  const copy = join(folder, SPOOLED)
  if (path === undefined) return copy
  return !(await exists(path)) && (await exists(copy)) ? copy : path
}

/** @throws InvalidInputError where a job that began elsewhere has no input on this machine */
export async function requireInput(path: string, { id, feed }: Job, name: string): Promise<void> {
  if (feed === undefined || (await exists(path))) return
  throw new InvalidInputError(`the input of job ${id} is not on this machine: ${path}`, {
    hint: `Name a copy of ${name}, or make the file reachable under the same path.`,
    situation: { code: 'INPUT_NOT_HERE', data: { job: id } } satisfies TransferSituation,
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
