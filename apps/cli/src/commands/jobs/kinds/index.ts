/** Job kinds, and the row of a job in a list. */
import {
  type JobKindName,
  type JobStatus,
  type JobSummary,
  jobKindOf,
  jobOverview,
} from '@chatlayer-tables/transfer'
import { applyJob } from './apply-job.ts'
import { importJob } from './import-job.ts'
import type { JobKind } from './job-kind.ts'
import { restoreJob } from './restore-job.ts'
import { syncJob } from './sync-job.ts'

/** Implementation of each kind in `JOB_KINDS`. */
export const KINDS: { readonly [Name in JobKindName]: JobKind<Name> } = {
  apply: applyJob,
  import: importJob,
  restore: restoreJob,
  sync: syncJob,
}

interface JobRow {
  readonly status: JobStatus
  readonly begun: string | null
  readonly file: string | null
  readonly table: string | null
  readonly written: number | null
  readonly rejected: number | null
  readonly unknown: number | null
}

const NOTHING = {
  ...{ begun: null, file: null, table: null, written: null, rejected: null, unknown: null },
}

/** Returns the row of a job. A job with damaged facts is listed as well. */
export function rowOf(job: JobSummary): JobRow {
  const { status } = job
  const overview = jobOverview(job)
  if (overview === undefined) {
    return { status: jobKindOf(job) === undefined ? status : 'unreadable', ...NOTHING }
  }
  const { createdAt, input, tables } = overview
  // The report is of a run that has ended; the figures are those of a run on any machine.
  const figures = status === 'done' ? undefined : job.shared?.figures
  const { written, rejected, unknown } = figures ?? overview
  const table = tables.length === 1 ? (tables[0] ?? '') : `${tables.length} tables`
  const begun = createdAt.replace(/\.\d+/, '')
  return { status, begun, file: input, table, written, rejected, unknown }
}
