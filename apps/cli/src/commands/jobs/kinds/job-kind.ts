/** What the commands on jobs need to know of each kind, besides what `JOB_KINDS` defines. */
import type { JobKindName, JobStore, Jobs } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import type { Options } from '../resume/definition.ts'

export interface JobKind<Name extends JobKindName> {
  /** All that is known of a job, besides its id and status. @param report as its last run kept it */
  show(
    facts: Jobs[Name]['facts'],
    report: unknown,
  ): (readonly [what: string, is: string | number])[]
  resume(
    context: Context,
    options: Options,
    store: JobStore,
    job: { readonly id: string; readonly facts: Jobs[Name]['facts'] },
  ): Promise<ExitCode>
}
