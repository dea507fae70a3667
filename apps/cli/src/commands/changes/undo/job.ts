/** Checks and reports the status of the job whose changes are undone. */
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import type { JobStatus } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { UsageError } from '../../../failures.ts'

/** @throws UsageError if the job is running: it would continue writing after the undo */
export async function checkNotRunning(job: string, context: Context): Promise<void> {
  if ((await jobStatus(job, context)) !== 'running') return
  throw new UsageError(
    `job ${job} is running in another process`,
    'Wait until it has finished, or interrupt it.',
  )
}

export async function reportUnfinished(job: string, context: Context): Promise<void> {
  if ((await jobStatus(job, context)) !== 'unfinished') return
  await context.messages.note(
    `job ${job} is unfinished: clt jobs resume ${job} writes the rows not yet written, without the undone ones. To remove the job: clt jobs rm ${job}`,
  )
}

/** @returns undefined for a removed job */
async function jobStatus(job: string, context: Context): Promise<JobStatus | undefined> {
  const { jobStore } = await import('../../../jobs/job-store.ts')
  try {
    const store = await jobStore(context)
    const summary = await store.show(job)
    return summary.id === job ? summary.status : undefined
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof InvalidInputError) return undefined
    throw error
  }
}
