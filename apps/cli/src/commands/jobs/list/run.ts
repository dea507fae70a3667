import { join } from 'node:path'
import { StorageError } from '@chatlayer-tables/local'
import { type JobStore, type JobSummary, undoFirst } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { UsageError } from '../../../failures.ts'
import type { OptionsOf } from '../../../invocation.ts'
import { checkJobStore, jobStore } from '../../../jobs/job-store.ts'
import { changedBy, changesText } from '../../../output/change-output.ts'
import { rowSink } from '../../../output/record-output.ts'
import { importJob } from '../kinds/import-job.ts'
import type { JobKind, ListedJob } from '../kinds/job-kind.ts'
import { restoreJob } from '../kinds/restore-job.ts'
import { syncJob } from '../kinds/sync-job.ts'

/** By the `kind` of a job's facts. */
const KINDS: Readonly<Record<string, JobKind>> = {
  import: importJob,
  restore: restoreJob,
  sync: syncJob,
}

/** Undefined for a job that cannot be read, or is of a kind that this release does not know. */
function kindOf({ facts }: JobSummary): JobKind | undefined {
  const kind = typeof facts === 'object' && facts !== null && 'kind' in facts ? facts.kind : ''
  return Object.hasOwn(KINDS, String(kind)) ? KINDS[String(kind)] : undefined
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
  return new StorageError('damaged', join(folder, id), {
    hint: undoFirst(id),
  })
}

type JobRow = Pick<JobSummary, 'status'> & {
  readonly [Field in keyof ListedJob]: ListedJob[Field] | null
}

const NOTHING = {
  ...{ begun: null, file: null, table: null, written: null, rejected: null, unknown: null },
}

/** What a damaged job holds in place of what it should does not keep the others from being listed. */
function rowOf(job: JobSummary): JobRow {
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
  const isDamaged = kindOf(job) !== undefined && rowOf(job).status === 'unreadable'
  const lines = isDamaged ? [] : (kindOf(job)?.show(job) ?? [])
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
  const kind = kindOf(job)
  if (kind !== undefined && job.status !== 'unreadable' && rowOf(job).status === 'unreadable') {
    throw damagedJob(store, job)
  }
  if (kind !== undefined) return await kind.resume(context, options, store, job)
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
