/** `clt jobs show` for a queued job and for a schedule. */
import type { Queue, QueuedJob, QueueSchedule } from '@chatlayer-tables/state'
import type { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { UsageError } from '../failures.ts'
import { changedBy, changesText } from '../output/change-output.ts'
import { rowSink } from '../output/record-output.ts'
import {
  queuedFacts,
  queuedLines,
  scheduleFacts,
  scheduleText,
  shortId,
  timeOf,
} from './queued-job-text.ts'

/**
 * Finds a queued job by an id or its beginning.
 *
 * @returns undefined where there is none, or a job of the store has exactly this id
 * @throws UsageError where jobs of both kinds begin with it
 */
export async function findQueued(
  queue: Queue,
  store: JobStore,
  idOrStart: string,
): Promise<QueuedJob | undefined> {
  const starts = (id: string): boolean => id.startsWith(idOrStart)
  const others = (await store.list()).map(({ id }) => id).filter(starts)
  if (others.includes(idOrStart)) return undefined
  const queued = await queue.find(idOrStart)
  if (queued === undefined || others.length === 0) return queued
  throw new UsageError(
    `several jobs begin with ${idOrStart}`,
    `Use more of the ID, such as ${shortId(queued.id)} or ${others[0]}.`,
  )
}

/** Lines of the log that are shown. */
const LAST_LINES = 5

export async function showQueued(
  context: Context,
  queue: Queue,
  job: QueuedJob,
): Promise<ExitCode> {
  const log = await queue.lines(job.id, { limit: LAST_LINES })
  const changes = job.job === undefined ? [] : await context.journal.changesOf(job.job)
  if (context.json) {
    await context.out.write(`${JSON.stringify({ ...queuedFacts(job), log, changes })}\n`)
    return EXIT.ok
  }
  const sink = rowSink(context.out, [{ name: 'what' }, { name: 'is' }])
  for (const [what, is] of queuedLines(job)) await sink.row([what, is])
  for (const summary of changes) await sink.row(['change set', changesText(summary)])
  for (const { at, text } of log) await sink.row([timeOf(at), text])
  await sink.end()
  const { messages } = context
  await messages.note(`its log: clt jobs logs ${shortId(job.id)}`)
  if (changes.some(({ counts, undone }) => undone < changedBy(counts))) {
    await messages.note(`undo with: clt changes undo --job ${job.job}`)
  }
  return EXIT.ok
}

export async function showSchedule(context: Context, schedule: QueueSchedule): Promise<ExitCode> {
  if (context.json) {
    await context.out.write(`${JSON.stringify(scheduleFacts(schedule))}\n`)
    return EXIT.ok
  }
  const { key, by, next, files, priority } = schedule
  const sink = rowSink(context.out, [{ name: 'what' }, { name: 'is' }])
  const lines: [string, string | number][] = [
    ['schedule', key],
    ['when', scheduleText(schedule)],
    ...next.slice(1).map((time): [string, string] => ['then', timeOf(time)]),
    ['priority', priority],
    ['by', by.user === undefined ? by.host : `${by.user} on ${by.host}`],
    ...files.map(({ path, size }): [string, string] => ['file', `${path}, ${size} bytes`]),
  ]
  for (const [what, is] of lines) await sink.row([what, is])
  await sink.end()
  await context.messages.note(`remove it with: clt jobs cancel ${key}`)
  return EXIT.ok
}
