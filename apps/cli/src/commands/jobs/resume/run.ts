import { join } from 'node:path'
import { StorageError } from '@chatlayer-tables/local'
import {
  type JobStore,
  type JobSummary,
  jobKindOf,
  jobOverview,
  type TransferSituation,
} from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import type { ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import { checkedJobStore } from '../../../jobs/job-store.ts'
import { KINDS } from '../kinds/index.ts'
import type { Options } from './definition.ts'

function damagedJob({ folder }: JobStore, { id }: JobSummary): StorageError {
  const situation: TransferSituation = { code: 'JOB_DAMAGED', data: { job: id } }
  return new StorageError('damaged', join(folder, id), { situation })
}

export async function run(options: Options, context: Context): Promise<ExitCode> {
  const store = await checkedJobStore(context)
  const job = await store.show(options.job ?? (await findUnfinished(store)))
  const kind = jobKindOf(job)
  if (kind !== undefined) {
    if (jobOverview(job) === undefined) throw damagedJob(store, job)
    const { id, facts } = job
    return await KINDS[kind].resume(context, options, store, { id, facts: facts as never })
  }
  // Opening an unreadable job throws the reason.
  await (await store.open(job.id)).close()
  throw new UsageError(`this release does not support the kind of job ${job.id}`)
}

/** @throws UsageError if there is no unfinished job, or more than one */
async function findUnfinished(store: JobStore): Promise<string> {
  const jobs = await store.list()
  const [only, ...others] = jobs.filter(({ status }) => status === 'unfinished')
  if (only === undefined) throw new UsageError('there is no unfinished job')
  if (others.length === 0) return only.id
  throw new UsageError(
    `there are ${others.length + 1} unfinished jobs`,
    `Pass one of: ${[only, ...others].map(({ id }) => id).join(', ')}. To compare them, run: clt jobs list`,
  )
}
