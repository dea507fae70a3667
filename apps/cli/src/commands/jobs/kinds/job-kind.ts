/** Command-line behavior of a job kind, in addition to `JOB_KINDS`. */
import type { JobKindName, JobStore, Jobs } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import type { Options } from '../resume/definition.ts'

export interface JobKind<Name extends JobKindName> {
  /** Details of a job except ID and status. @param report report of the last run */
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

/** The file that is named in place of the one that a job began with. */
export function givenInput({ input }: Pick<Options, 'input'>): { path: string } | undefined {
  return input === undefined ? undefined : { path: input }
}
