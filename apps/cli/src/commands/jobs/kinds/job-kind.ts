/** What the commands on jobs need to know of each kind. */

import type { JobStore, JobSummary } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import type { Options } from '../resume/definition.ts'

/** A job in one line; figures are null where there are none yet. */
export interface ListedJob {
  readonly begun: string
  readonly file: string
  readonly table: string
  readonly written: number | null
  readonly rejected: number | null
  readonly unknown: number | null
}

export interface JobKind {
  /** @param job whose facts can be read */
  list(job: JobSummary): ListedJob
  /** All that is known of it, besides its id and status. */
  show(job: JobSummary): (readonly [what: string, is: string | number])[]
  resume(context: Context, options: Options, store: JobStore, job: JobSummary): Promise<ExitCode>
}
