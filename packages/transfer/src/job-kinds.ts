/** The kinds of jobs, in one table: what lists, shows and resumes jobs works from it. */
import { RESTORE_JOB, type RestoreJob } from './backup/restore-job.ts'
import { IMPORT_JOB, type ImportJob } from './import/import-job.ts'
import { kindOf } from './job/engine.ts'
import type { JobKind, JobOverview } from './job/job-kind.ts'
import type { JobSummary } from './job/job-store.ts'
import { APPLY_JOB, type ApplyJob } from './project/apply-job.ts'
import { SYNC_JOB, type SyncJob } from './sync/sync-job.ts'

/** The types of each kind, by its name. */
export interface Jobs {
  apply: ApplyJob
  import: ImportJob
  restore: RestoreJob
  sync: SyncJob
}

export type JobKindName = keyof Jobs

export const JOB_KINDS: { readonly [Name in JobKindName]: JobKind<Jobs[Name]> } = {
  apply: APPLY_JOB,
  import: IMPORT_JOB,
  restore: RESTORE_JOB,
  sync: SYNC_JOB,
}

/** Undefined for a job that cannot be read, or is of a kind that this release does not know. */
export function jobKindOf({ facts }: Pick<JobSummary, 'facts'>): JobKindName | undefined {
  const name = String(kindOf(facts))
  return Object.hasOwn(JOB_KINDS, name) ? (name as JobKindName) : undefined
}

/** Undefined for a job of no known kind, and for one whose facts are not what its kind keeps. */
export function jobOverview(
  job: Pick<JobSummary, 'facts' | 'report'>,
): (JobOverview & { readonly createdAt: string }) | undefined {
  const name = jobKindOf(job)
  if (name === undefined) return undefined
  try {
    const { createdAt } = job.facts as Jobs[typeof name]['facts']
    // The name determines the kind of the facts.
    const overview = JOB_KINDS[name].overview(job.facts as never, job.report)
    const { input, tables, written, rejected, unknown } = overview
    const isWell =
      [createdAt, input, ...tables].every((text) => typeof text === 'string') &&
      [written, rejected, unknown].every((count) => count === null || Number.isFinite(count))
    return isWell ? { createdAt, ...overview } : undefined
  } catch {
    return undefined
  }
}
