/** Queued jobs and schedules as rows and lines. */
import type { QueuedJob, QueueSchedule } from '@chatlayer-tables/state'
import type { ProjectProgress } from '@chatlayer-tables/transfer/project'
import { formatCount } from '../output/progress.ts'
import { progressText } from '../project/progress-line.ts'

/** As much of an id as is shown. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}

interface SyncResult {
  readonly name: string
  readonly to: string
  readonly inserted: number
  readonly updated: number
  readonly deleted: number
  readonly rejected: number
  readonly unknown: number
}

/** What the worker said of the syncs of a job. */
function syncsOf({ result }: QueuedJob): readonly SyncResult[] {
  const { syncs } = (result ?? {}) as { readonly syncs?: readonly SyncResult[] }
  return syncs ?? []
}

/** The row of a job in a list. */
export function queuedRow(job: QueuedJob) {
  const syncs = syncsOf(job)
  const isKnown = syncs.length > 0
  const sum = (count: (sync: SyncResult) => number): number | null =>
    isKnown ? syncs.reduce((total, sync) => total + count(sync), 0) : null
  const [first] = syncs
  return {
    id: shortId(job.id),
    status: job.status,
    begun: timeOf(job.startedAt ?? job.queuedAt),
    file: job.name,
    table: syncs.length > 1 ? `${syncs.length} tables` : (first?.to ?? null),
    written: sum(({ inserted, updated, deleted }) => inserted + updated + deleted),
    rejected: sum(({ rejected }) => rejected),
    unknown: sum(({ unknown }) => unknown),
    host: job.worker?.host ?? null,
    progress: stateText(job) ?? null,
  }
}

/** How far a job is, or why it waits or has failed. */
function stateText(job: QueuedJob): string | undefined {
  if (job.status === 'running') return progressOf(job)
  if (job.status === 'queued') return undefined
  return job.status === 'done' ? undefined : job.reason
}

function progressOf({ progress }: QueuedJob): string | undefined {
  // Written by a worker, as its apply reported it.
  return progress === undefined ? undefined : progressText(progress as ProjectProgress)
}

export function scheduleText({ cron, timezone, next: [next] }: QueueSchedule): string {
  return `${cron} (${timezone})${next === undefined ? '' : `, next ${timeOf(next)}`}`
}

/** The lines of `clt jobs show`. */
export function queuedLines(job: QueuedJob): (readonly [what: string, is: string | number])[] {
  const { by, worker, notBefore, startedAt, endedAt, failures, lost, reason } = job
  const lines: [string, string | number | undefined][] = [
    ['job', job.id],
    ['status', job.status],
    ['name', job.name],
    ['priority', job.priority],
    ['schedule', job.schedule],
    ['queued', timeOf(job.queuedAt)],
    ['by', by.user === undefined ? by.host : `${by.user} on ${by.host}`],
    ['not before', notBefore === undefined ? undefined : timeOf(notBefore)],
    ['started', startedAt === undefined ? undefined : timeOf(startedAt)],
    ['worker', worker === undefined ? undefined : `${worker.host}, process ${worker.pid}`],
    ['ended', endedAt === undefined ? undefined : timeOf(endedAt)],
    ['failed attempts', failures === 0 ? undefined : failures],
    ['lost workers', lost === 0 ? undefined : lost],
    ['reason', reason],
    ['progress', job.status === 'running' ? progressOf(job) : undefined],
    ['job of the apply', job.job],
    ...syncsOf(job).map(({ name, to, ...counts }): [string, string] => {
      const { inserted, updated, deleted, rejected, unknown } = counts
      const written = `${formatCount(inserted)} inserted, ${formatCount(updated)} updated, ${formatCount(deleted)} deleted`
      const others = `${formatCount(rejected)} rejected, ${formatCount(unknown)} unknown`
      return [`sync ${name}`, `${to}: ${written}, ${others}`]
    }),
    ...job.files.map(({ path, size }): [string, string] => ['file', `${path}, ${size} bytes`]),
  ]
  return lines.flatMap(([what, is]) => (is === undefined ? [] : [[what, is] as const]))
}

export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+/, '')
}

/** A job as it is printed with `--json`, in a list with jobs of other kinds. */
export function queuedFacts({ work: _, ...job }: QueuedJob): object {
  return { ...job, queued: true }
}

export function scheduleFacts(schedule: QueueSchedule): object {
  const { work: _, schedule: __, key, next, ...facts } = schedule
  const times = next.map((time) => new Date(time).toISOString())
  return { id: key, status: 'scheduled', ...facts, next: times }
}

/** The order in the queue that a job of the `JobStore` carries out; empty for others. */
export function orderOf(facts: unknown): string {
  const isOfOrder = typeof facts === 'object' && facts !== null && 'queued' in facts
  return isOfOrder ? String(facts.queued) : ''
}
