/** The kinds of jobs, and one job as a row of a list. */
import type { JobSummary } from '@chatlayer-tables/transfer'
import { importJob } from './import-job.ts'
import type { JobKind, ListedJob } from './job-kind.ts'
import { restoreJob } from './restore-job.ts'
import { syncJob } from './sync-job.ts'

/** By the `kind` of a job's facts. */
const KINDS: Readonly<Record<string, JobKind>> = {
  import: importJob,
  restore: restoreJob,
  sync: syncJob,
}

/** Undefined for a job that cannot be read, or is of a kind that this release does not know. */
export function kindOf({ facts }: JobSummary): JobKind | undefined {
  const kind = typeof facts === 'object' && facts !== null && 'kind' in facts ? facts.kind : ''
  return Object.hasOwn(KINDS, String(kind)) ? KINDS[String(kind)] : undefined
}

type JobRow = Pick<JobSummary, 'status'> & {
  readonly [Field in keyof ListedJob]: ListedJob[Field] | null
}

const NOTHING = {
  ...{ begun: null, file: null, table: null, written: null, rejected: null, unknown: null },
}

/** What a damaged job holds in place of what it should does not keep the others from being listed. */
export function rowOf(job: JobSummary): JobRow {
  const { status } = job
  try {
    const listed = kindOf(job)?.list(job)
    if (listed === undefined) return { status, ...NOTHING }
    const texts = [listed.begun, listed.file, listed.table]
    const counts = [listed.written, listed.rejected, listed.unknown]
    const isWell =
      texts.every((text) => typeof text === 'string') &&
      counts.every((count) => count === null || typeof count === 'number')
    if (isWell) return { status, ...listed, begun: listed.begun.replace(/\.\d+/, '') }
  } catch {
    // Its facts are not what this program writes.
  }
  return { status: 'unreadable', ...NOTHING }
}
