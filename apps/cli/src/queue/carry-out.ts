/** Carries out an order of the queue: begins its apply, or resumes what an earlier worker has left. */
import { resolve } from 'node:path'
import type { QueueFile, QueueRun, Verdict } from '@chatlayer-tables/state'
import type { JobStore, JobSummary } from '@chatlayer-tables/transfer'
import {
  type ApplyReport,
  type ApplyRunOptions,
  appliedSyncs,
  applyProject,
  type CheckResult,
  type Project,
  parseAllowance,
  resumeApply,
} from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { EXIT, EXIT_MEANINGS, type ExitCode } from '../exit-codes.ts'
import { describeFailure } from '../failures.ts'
import { checkedJobStore } from '../jobs/job-store.ts'
import { applyExitOf, runApply } from '../jobs/run-apply.ts'
import { reportFailure } from '../project/failure-hook.ts'
import { CommandHost, type HostStats, withoutAbsent } from '../project/project-host.ts'
import { parseText } from '../project/read-project.ts'
import type { ApplyWork } from './apply-order.ts'
import { orderOf } from './queued-job-text.ts'

/** What an order has come to, also while it runs. */
export interface OrderFigures extends HostStats {
  readonly written: number
  readonly rejected: number
  readonly unknown: number
}

export interface OrderToCarryOut {
  readonly run: QueueRun
  /** Reads the files of the order. */
  readonly files: () => Promise<readonly QueueFile[]>
  /** Called once, with what tells its figures from then on. */
  readonly onBegin: (figures: () => OrderFigures) => void
}

/** Milliseconds after which an order is taken again whose table or job is in use. */
const BUSY_MS = 3_000

/** Exit codes of failures that may pass. Another machine may have room on its disk. */
const PASSING: ReadonlySet<ExitCode> = new Set([EXIT.gateway, EXIT.storage])

/** @param context of the order */
export async function carryOut(context: Context, order: OrderToCarryOut): Promise<Verdict> {
  const { run } = order
  const made: Made = { project: undefined, report: undefined }
  let failed: Failed
  try {
    const exit = await applyOrder(context, order, made).finally(() => context.journal.end())
    if (exit === EXIT.ok) return { end: 'done', result: resultOf(exit, made.report) }
    const error = made.report?.stopped?.error
    failed = { exit, message: error?.message ?? EXIT_MEANINGS[exit] }
  } catch (error) {
    if (isBusy(error)) return { end: 'back', reason: error.message, afterMs: BUSY_MS }
    // After a stop, any error is a consequence of it.
    if (!run.stop.aborted) await context.messages.error(error)
    const failure = describeFailure(error)
    failed = {
      exit: failure?.exit ?? EXIT.unexpected,
      message: failure?.message ?? 'the output was closed',
    }
  }
  if (run.stop.aborted) return { end: 'back', reason: 'its worker was stopped', afterMs: 0 }
  return await failedVerdict(context, run, made, failed)
}

interface Made {
  project: Project | undefined
  report: ApplyReport | undefined
}

interface Failed {
  readonly exit: ExitCode
  readonly message: string
}

async function failedVerdict(
  context: Context,
  { isLastAttempt, claim }: QueueRun,
  { project, report }: Made,
  { exit, message }: Failed,
): Promise<Verdict> {
  const reason = context.messages.redact(message)
  const result = resultOf(exit, report)
  const isRepeated = PASSING.has(exit) && !isLastAttempt
  if (isRepeated) return { end: 'retry', reason, result }
  const { only = [] } = claim.order.work as ApplyWork
  if (project !== undefined) {
    await reportFailure(context, project, { command: 'worker', syncs: only }, exit, reason)
  }
  return { end: 'failed', reason, result }
}

async function applyOrder(
  context: Context,
  { run, onBegin, ...order }: OrderToCarryOut,
  made: Made,
): Promise<ExitCode> {
  const { claim } = run
  const work = claim.order.work as ApplyWork
  const files = await order.files()
  made.project = await readQueued(context, work, files)
  const store = await checkedJobStore(context)
  const before = claim.isRepeated ? await earlierJob(store, claim.id) : undefined
  if (before?.status === 'running') throw new JobInUse(before.id)
  if (before?.status === 'done') return doneExitOf(before.report)
  const host = hostOf(context, work, files)
  let synced: ReturnType<typeof appliedSyncs> = []
  onBegin(() => ({ ...host.stats(), ...rowsOf(synced) }))
  const listen = (controls: ApplyRunOptions): ApplyRunOptions => ({
    ...controls,
    onStart(start) {
      run.job(start.job)
      controls.onStart?.(start)
    },
    onProgress(progress) {
      run.progress(progress)
      controls.onProgress?.(progress)
    },
    onSynced(applied) {
      synced = [...synced, applied.report]
      controls.onSynced?.(applied)
    },
  })
  const { acceptStored, journal } = work
  await context.journal.prepare({ journal })
  return await runApply(context, { host, acceptStored }, async (controls, output) => {
    if (before !== undefined) {
      made.report = await resumeApply({
        ...listen(controls),
        job: await openEarlier(store, before.id),
      })
    } else {
      made.report = await applyProject({
        ...listen(controls),
        ...{ project: made.project as Project, only: work.only, store, queued: claim.id },
        allow: work.allow.map(parseAllowance),
        onPlan: (plan) => output.plan(plan),
      })
    }
    return made.report
  })
}

async function readQueued(
  context: Context,
  { file, overlay }: ApplyWork,
  files: readonly QueueFile[],
): Promise<Project> {
  const texts = new Map(files.map(({ path, content }) => [path, content]))
  const read = (path: string): string | undefined => {
    const content = texts.get(path)
    return content === undefined ? undefined : Buffer.from(content).toString()
  }
  const [first] = files
  const text = Buffer.from(first?.content ?? []).toString()
  return await parseText(text, { file, overlay, read }, context)
}

function hostOf(context: Context, work: ApplyWork, files: readonly QueueFile[]): CommandHost {
  const { file, folder, connection, note, journal } = work
  const carried = new Map(files.map(({ path, content }) => [resolve(folder, path), content]))
  return new CommandHost(context, {
    ...connection,
    ...withoutAbsent({ note }),
    ...{ file, folder, carried, journal, wait: false, isPlan: false },
  })
}

/** The job of an earlier attempt. What has written is one, so that nothing is written twice. */
async function earlierJob(store: JobStore, order: string): Promise<JobSummary | undefined> {
  const jobs = await store.list()
  return jobs.find(({ facts }) => orderOf(facts) === order)
}

/** @throws JobInUse where another process has it since it was listed */
async function openEarlier(store: JobStore, id: string) {
  try {
    return await store.open(id)
  } catch (error) {
    const { status } = await store.show(id)
    throw status === 'running' ? new JobInUse(id) : error
  }
}

/** The exit code of a job that was done when its worker died. */
function doneExitOf(kept: unknown): ExitCode {
  const { checks } = (kept ?? {}) as { readonly checks?: readonly CheckResult[] }
  const syncs = appliedSyncs(kept).map((report) => ({ report }))
  return applyExitOf({ syncs, left: [], checks, notChecked: undefined, finished: true })
}

/** The job of an order is still held by a process that was taken for dead. */
class JobInUse extends Error {
  readonly code = 'LOCKED'

  constructor(job: string) {
    super(`job ${job} is in use by another process`)
  }
}

function isBusy(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'LOCKED'
}

function resultOf(exit: ExitCode, report: ApplyReport | undefined): object {
  const syncs = report?.syncs.map(({ name, to, report: synced }) => {
    const { inserted, updated, deleted, rejected, unknown, unsent } = synced
    return { name, to, inserted, updated, deleted, rejected, unknown, unsent }
  })
  return { exit, job: report?.job, syncs }
}

function rowsOf(synced: ReturnType<typeof appliedSyncs>) {
  const rows = { written: 0, rejected: 0, unknown: 0 }
  for (const { inserted, updated, deleted, rejected, unknown } of synced) {
    rows.written += inserted + updated + deleted
    rows.rejected += rejected
    rows.unknown += unknown
  }
  return rows
}
