import { StorageError } from '@chatlayer-tables/local'
import type { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { jobStore } from '../../../jobs/job-store.ts'
import { changedBy } from '../../../output/change-output.ts'
import type { Options } from './definition.ts'

export async function run({ jobs, done }: Options, context: Context): Promise<ExitCode> {
  const store = await jobStore(context)
  if (jobs.length === 0 && !done) {
    throw new UsageError('no job is specified', 'Pass job IDs, or --done for all finished jobs.')
  }
  const ids = done
    ? (await store.list()).filter(({ status }) => status === 'done').map(({ id }) => id)
    : []
  for (const id of [...ids, ...jobs]) await removeJob(context, store, id)
  return EXIT.ok
}

/** Whether some writes of a job are not undone, or the journal cannot be read. */
async function hasRemainingChanges({ journal }: Context, job: string): Promise<boolean> {
  try {
    const changes = await journal.changesOf(job)
    return changes.some(({ counts, undone }) => undone < changedBy(counts))
  } catch (error) {
    if (error instanceof StorageError) return true
    throw error
  }
}

/** Removes a job. Warns about rows of an unfinished job: the same import would write them twice. */
async function removeJob(context: Context, store: JobStore, idOrStart: string): Promise<void> {
  const { status } = await store.show(idOrStart)
  const id = await store.remove(idOrStart)
  await context.messages.note(`removed job ${id}`)
  if (status === 'done' || !(await hasRemainingChanges(context, id))) return
  await context.messages.say(
    `the rows it wrote stay in the table: before importing the file again, run: clt changes undo --job ${id}`,
  )
}
