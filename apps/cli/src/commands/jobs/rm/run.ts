import { StorageError } from '@chatlayer-tables/local'
import type { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { jobStore } from '../../../jobs/job-store.ts'
import { changedBy } from '../../../output/change-output.ts'
import type { Options } from './definition.ts'

export async function run({ jobs, done }: Options, context: Context): Promise<ExitCode> {
  const store = jobStore(context)
  if (jobs.length === 0 && !done) {
    throw new UsageError('no job is named', 'Give ids, or say --done for all that are done.')
  }
  const ids = done
    ? store
        .list()
        .filter(({ status }) => status === 'done')
        .map(({ id }) => id)
    : []
  for (const id of [...ids, ...jobs]) await removeJob(context, store, id)
  return EXIT.ok
}

/** Whether something that a job wrote is not undone; also where the journal cannot be read. */
function isLeft({ journal }: Context, job: string): boolean {
  try {
    return journal.changesOf(job).some(({ counts, undone }) => undone < changedBy(counts))
  } catch (error) {
    if (error instanceof StorageError) return true
    throw error
  }
}

/** What an unfinished job has written stays, and would be written twice by the same import. */
async function removeJob(context: Context, store: JobStore, idOrStart: string): Promise<void> {
  const { status } = store.show(idOrStart)
  const id = store.remove(idOrStart)
  await context.messages.note(`removed job ${id}`)
  if (status === 'done' || !isLeft(context, id)) return
  await context.messages.say(
    `what it wrote is in the table: before you import the file again, run: clt changes undo --job ${id}`,
  )
}
