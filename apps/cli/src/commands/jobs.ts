import { join } from 'node:path'
import { StorageError } from '@chatlayer-tables/local'
import {
  type JobKindName,
  type JobStatus,
  type JobStore,
  type JobSummary,
  jobKindOf,
  jobOverview,
  type TransferSituation,
} from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import type { OptionsOf } from '../invocation.ts'
import { checkJobStore, jobStore } from '../job-store.ts'
import { importJob } from '../jobs/import-job.ts'
import type { JobKind } from '../jobs/job-kind.ts'
import { restoreJob } from '../jobs/restore-job.ts'
import { syncJob } from '../jobs/sync-job.ts'
import { changedBy, changesText } from '../output/change-output.ts'
import { rowSink } from '../output/record-output.ts'

/** What this program does with each kind of `JOB_KINDS`. */
const KINDS: { readonly [Name in JobKindName]: JobKind<Name> } = {
  import: importJob,
  restore: restoreJob,
  sync: syncJob,
}

export async function listJobs(_: OptionsOf<'jobs list'>, context: Context): Promise<ExitCode> {
  const jobs = jobStore(context).list()
  if (context.json) {
    await context.out.write(`${JSON.stringify(jobs)}\n`)
    return EXIT.ok
  }
  const names = ['job', 'status', 'begun', 'file', 'table', 'written', 'rejected', 'unknown']
  const sink = rowSink(
    context.out,
    names.map((name) => ({ name, type: RIGHT.includes(name) ? 'int' : undefined })),
  )
  for (const job of jobs) {
    const { status, begun, file, table, written, rejected, unknown } = rowOf(job)
    await sink.row([job.id, status, begun, file, table, written, rejected, unknown])
  }
  await sink.end()
  for (const { id, problem } of jobs) {
    if (problem !== undefined) await context.messages.say(`job ${id} cannot be read: ${problem}`)
  }
  if (jobs.length === 0) await context.messages.note('There are no jobs.')
  return EXIT.ok
}

function damagedJob({ folder }: JobStore, { id }: JobSummary): StorageError {
  const situation: TransferSituation = { code: 'JOB_DAMAGED', data: { job: id } }
  return new StorageError('damaged', join(folder, id), { situation })
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

/** A job with damaged facts does not keep the others from being listed. */
function rowOf(job: JobSummary): JobRow {
  const { status } = job
  const overview = jobOverview(job)
  if (overview === undefined) {
    return { status: jobKindOf(job) === undefined ? status : 'unreadable', ...NOTHING }
  }
  const { createdAt, input, tables, written, rejected, unknown } = overview
  const table = tables.length === 1 ? (tables[0] ?? '') : `${tables.length} tables`
  const begun = createdAt.replace(/\.\d+/, '')
  return { status, begun, file: input, table, written, rejected, unknown }
}

const RIGHT = ['written', 'rejected', 'unknown']

export async function showJob(
  options: OptionsOf<'jobs show'>,
  context: Context,
): Promise<ExitCode> {
  const job = jobStore(context).show(options.job)
  const changes = context.journal.changesOf(job.id)
  if (context.json) {
    await context.out.write(`${JSON.stringify({ ...job, changes })}\n`)
    return EXIT.ok
  }
  const sink = rowSink(context.out, [{ name: 'what' }, { name: 'is' }])
  await sink.row(['job', job.id])
  await sink.row(['status', job.status])
  const kind = jobOverview(job) && jobKindOf(job)
  // The name says of which kind the facts are.
  const lines = kind === undefined ? [] : KINDS[kind].show(job.facts as never, job.report)
  for (const [what, is] of lines) await sink.row([what, is])
  if (job.problem !== undefined) await sink.row(['problem', job.problem])
  for (const summary of changes) await sink.row(['change set', changesText(summary)])
  await sink.end()
  if (changes.some(({ counts, undone }) => undone < changedBy(counts))) {
    await context.messages.note(`undo with: clt changes undo --job ${job.id}`)
  }
  if (job.status === 'unfinished') {
    await context.messages.note(`go on with: clt jobs resume ${job.id}`)
  }
  return EXIT.ok
}

export async function resumeJob(
  options: OptionsOf<'jobs resume'>,
  context: Context,
): Promise<ExitCode> {
  const store = jobStore(context)
  checkJobStore(context)
  const job = store.show(options.job ?? theUnfinished(store))
  const kind = jobKindOf(job)
  if (kind !== undefined && jobOverview(job) === undefined) throw damagedJob(store, job)
  if (kind !== undefined) {
    const { id, facts } = job
    return await KINDS[kind].resume(context, options, store, { id, facts: facts as never })
  }
  // Opening it tells why it cannot be read, where that is the reason.
  store.open(job.id).close()
  throw new UsageError(`job ${job.id} is of a kind that this release does not know`)
}

/** @throws UsageError when there is none, or more than one */
function theUnfinished(store: JobStore): string {
  const [only, ...others] = store.list().filter(({ status }) => status === 'unfinished')
  if (only === undefined) throw new UsageError('there is no job to go on with')
  if (others.length === 0) return only.id
  throw new UsageError(
    `there are ${others.length + 1} jobs to go on with`,
    `Say which: ${[only, ...others].map(({ id }) => id).join(', ')}. clt jobs list tells them apart.`,
  )
}

export async function removeJobs(
  { jobs, done }: OptionsOf<'jobs rm'>,
  context: Context,
): Promise<ExitCode> {
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
