/**
 * Starts, resumes, runs and ends a job of any kind. What differs between the kinds is in their
 * definitions, see `JobKind` and the table `JOB_KINDS`.
 *
 * However a process ends, the job it leaves can be resumed without a row being lost or written twice.
 * The engine, `JobRun`, `RowRun`, `RowFlow` and `RowStates` keep these rules:
 *
 * 1. A process that works on a job holds its lock, from before its folder is read until the run has ended.
 *    Where machines share jobs, the lock is of all machines, and it may be lost: a machine that was not
 *    heard of is taken for dead. Then the run ends at once, and nothing more of it is kept: the store
 *    refuses what is written under a lock that was lost.
 * 2. Nothing is sent before the job is on the disk with all it was asked to do: its facts, its input
 *    (or the fingerprint of a file), and the definition of its tables. A new job that ends before
 *    anything may have been written leaves nothing. Where machines share jobs, all of that is in their
 *    store as well.
 * 3. A job is resumed only where its connection, its tables and its input are what they were. A job of
 *    another format is rejected, never misread.
 * 4. A row is marked on the disk before its request may leave. Its final state is kept after its
 *    outcome is known, with the next flush. What is lost by a kill is final states, never a mark. Where
 *    machines share jobs, this is true of their store: a mark is durable on this machine first, then in
 *    the store, and only then may the request leave; states and what else changes follow in their order,
 *    so that marks are forgotten in the store only after the states of their rows have arrived there.
 * 5. When a job is resumed, rows with a final state are not sent again. Rows that were marked and have
 *    none may have been sent: they are searched for first, and nothing else is sent until each of them
 *    is resolved, since a row sent now could be mistaken for one of them.
 * 6. A record is taken for that of one row only: those of rows with a final state are not taken again.
 * 7. A run stops for the first reason it meets. Then nothing more is sent, and what is in flight comes
 *    to its end. What cannot be kept, on this machine or in the store of all, is such a reason.
 * 8. An update or delete is repeated rather than searched for: it changes no more when repeated. Deletes
 *    come last, and only when all else is done.
 * 9. The job is done only once its report says so, in one transaction with the removal of row states.
 *    What an unfinished job needs is removed after that.
 * 10. A working copy on a machine is trusted only where it is equal to what the store of all machines
 *    has: a process that closes the job in good order, with all of it in the store, notes the version
 *    there; the next one that takes the job over on that machine compares it. Any other copy is made
 *    again from the store, and final states that never arrived there are found out again, as after a kill.
 */
import { InvalidInputError } from '@chatlayer-tables/core'
import { anyOf } from './any-of.ts'
import type { JobKind, JobTypes } from './job-kind.ts'
import type { JobRun } from './job-run.ts'
import type { JobFacts, JobOptions, JobReport } from './job-types.ts'

/**
 * Begins a job and carries it out, to its end unless something stops it.
 *
 * @throws what the kind's `begin` throws, and StorageError where the job cannot be kept; nothing has
 *   been written then, and no job is left
 */
export async function startJob<T extends JobTypes>(
  kind: JobKind<T>,
  options: T['begin'],
): Promise<T['report']> {
  const startedAt = performance.now()
  const prepared = await options.store.prepare()
  let isKept = () => false
  let close = async (): Promise<void> => {}
  try {
    const given = untilLost(options, prepared)
    return await kind.begin(given, prepared.folder, async (facts, work) => {
      const job = await prepared.begin(facts, kind.files(facts))
      close = () => job.close()
      const run = kind.run(job, facts, given, work)
      isKept = () => run.hasBegun
      const report = await runToEnd(run, startedAt)
      isKept = () => true
      return report
    })
  } finally {
    if (isKept()) await close()
    else await prepared.discard()
  }
}

/**
 * Resumes a job. It is closed when the run ends.
 *
 * @throws InvalidInputError where the job is of another kind or done, and what the kind's `resume`
 *   throws; this run has written nothing then
 */
export async function resumeJob<T extends JobTypes>(
  kind: JobKind<T>,
  options: T['resume'],
): Promise<T['report']> {
  const startedAt = performance.now()
  const { job } = options
  try {
    const facts = factsOf(kind, job.id, job.facts)
    if (job.isDone) throw new InvalidInputError(`job ${job.id} is already done`)
    const given = untilLost(options, job)
    return await kind.resume(given, facts, (work) =>
      runToEnd(kind.run(job, facts, given, work), startedAt),
    )
  } finally {
    await job.close()
  }
}

/** What a run is given; it ends at once when another machine may have taken the job over. */
function untilLost<Options extends JobOptions<never, never>>(
  options: Options,
  { lost }: { readonly lost: AbortSignal | undefined },
): Options {
  return { ...options, signal: anyOf(options.signal, lost) }
}

/** @throws InvalidInputError when the job is of another kind */
function factsOf<T extends JobTypes>(
  { name }: Pick<JobKind<T>, 'name'>,
  job: string,
  facts: unknown,
): T['facts'] {
  // Written by this program under the same format, which the database's version vouches for.
  if (kindOf(facts) === name) return facts as T['facts']
  throw new InvalidInputError(`job ${job} is not of the kind "${name}"`)
}

/** The name of a job's kind, as its facts have it. */
export function kindOf(facts: unknown): unknown {
  return typeof facts === 'object' && facts !== null && 'kind' in facts ? facts.kind : undefined
}

/** A report that cannot be kept is returned as that of a run that stopped. */
async function runToEnd<Report extends JobReport>(
  run: JobRun<JobFacts, JobOptions<never, never>, Report>,
  startedAt: number,
): Promise<Report> {
  await run.carryOut()
  const summary = await run.sumUp()
  const elapsedMs = Math.round(performance.now() - startedAt)
  const report = { ...summary, elapsedMs } as Report
  await run.keepWhole(async () => {
    await run.job.report(run.asKept(report))
    if (report.finished) await run.job.finish(run.keepsStored)
  })
  const { stopped } = run
  const finished = report.finished && stopped === undefined
  if (finished) await run.cleanUp()
  return { ...report, stopped, finished }
}
