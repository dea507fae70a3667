/** A job in a list, and the errors of jobs that cannot be used. */
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import { StorageError } from '@chatlayer-tables/local'
import type { TransferSituation } from '../errors/situations.ts'
import { JobFormatError } from './job-database.ts'
import type { JobFigures } from './job-replicas.ts'

/**
 * - `running`: a process works on it
 * - `unfinished`: it can be resumed
 * - `done`: nothing is left to do
 * - `unreadable`: of another release, or damaged
 */
export type JobStatus = 'running' | 'unfinished' | 'done' | 'unreadable'

export interface JobSummary {
  readonly id: string
  readonly status: JobStatus
  /** What it was asked to do, as its kind keeps it; undefined when it cannot be read. */
  readonly facts: unknown
  /** How its last run ended; undefined when that was cut off. */
  readonly report: unknown
  /** Why it cannot be read; for `unreadable` only. */
  readonly problem?: string | undefined
  /** Where jobs are shared: who runs the job, or ran it last, and how far it has come. */
  readonly shared?: SharedFacts | undefined
}

export interface SharedFacts {
  /** The name of the machine. */
  readonly host: string
  /** The person or service, where it is known. */
  readonly principal: string | undefined
  /** Undefined before the first rows. */
  readonly figures: JobFigures | undefined
  /** Age of the figures in milliseconds. */
  readonly ageMs: number
}

export function begunAt({ facts }: JobSummary): number {
  const value =
    typeof facts === 'object' && facts !== null && 'createdAt' in facts ? facts.createdAt : ''
  return Date.parse(String(value)) || 0
}

/** The one id that is `idOrStart` or begins with it. @throws NotFoundError, InvalidInputError for several */
export function theOne(ids: readonly string[], idOrStart: string): string {
  if (ids.includes(idOrStart)) return idOrStart
  const found = idOrStart === '' ? [] : ids.filter((id) => id.startsWith(idOrStart))
  if (found.length > 1) {
    throw new InvalidInputError(`${found.length} jobs begin with ${idOrStart}`, {
      hint: `Use the full id of one: ${found.join(', ')}.`,
    })
  }
  if (found[0] !== undefined) return found[0]
  throw new NotFoundError(`there is no job "${idOrStart}"`, {
    situation: { code: 'JOB_NOT_FOUND' } satisfies TransferSituation,
  })
}

/** @returns for a damaged job, or one of another release, the error of a job that cannot be resumed */
export function asUnreadable(id: string, error: unknown): unknown {
  if (error instanceof StorageError && error.kind === 'damaged') {
    return error.withSituation({
      code: 'JOB_DAMAGED',
      data: { job: id },
    } satisfies TransferSituation)
  }
  if (!(error instanceof JobFormatError)) return error
  return new InvalidInputError(`job ${id}: ${error.message}`, {
    hint: 'Resume it with the release that made it.',
    situation: { code: 'JOB_OF_ANOTHER_RELEASE', data: { job: id } } satisfies TransferSituation,
  })
}

/** @param host of the machine that runs it, where it may be another */
export function inUse(id: string, host?: string): InvalidInputError {
  const where = host === undefined ? 'by another process' : `by a process on ${host}`
  return new InvalidInputError(`job ${id} is in use ${where}`, {
    hint: 'Wait until that process has ended, or end it.',
  })
}
