import type { JobSummary } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { jobStore } from '../../../jobs/job-store.ts'
import { reportHidden } from '../../../output/preview-output.ts'
import { formatCount } from '../../../output/progress.ts'
import { rowSink } from '../../../output/record-output.ts'
import { openQueueIfThere } from '../../../queue/open-queue.ts'
import {
  orderOf,
  queuedFacts,
  queuedRow,
  scheduleFacts,
  scheduleText,
} from '../../../queue/queued-job-text.ts'
import { rowOf } from '../kinds/index.ts'
import type { Options } from './definition.ts'

export async function run(_: Options, context: Context): Promise<ExitCode> {
  const store = await jobStore(context)
  const all = await store.list()
  await using queue = await openQueueIfThere(context)
  const queued = (await queue?.list()) ?? []
  const schedules = (await queue?.schedules()) ?? []
  if (context.json) {
    const list = [...schedules.map(scheduleFacts), ...queued.map(queuedFacts), ...all]
    await context.out.write(`${JSON.stringify(list)}\n`)
    return EXIT.ok
  }
  // The job of an order is part of it.
  const orders = new Set(queued.map(({ id }) => id))
  const jobs = all.filter(({ facts }) => !orders.has(orderOf(facts)))
  await context.page()
  const names = ['job', 'status', 'begun', 'file', 'table', 'written', 'rejected', 'unknown']
  // The jobs of one machine need no name of it.
  const more = (await context.state.isShared()) ? ['host', 'progress'] : []
  const sink = rowSink(
    context.out,
    [...names, ...more].map((name) => ({ name, type: RIGHT.includes(name) ? 'int' : undefined })),
  )
  for (const schedule of schedules) {
    const nothing = names.slice(4).map(() => null)
    const { key, name } = schedule
    await sink.row([key, 'scheduled', null, name, ...nothing, null, scheduleText(schedule)])
  }
  for (const job of queued) {
    const { id, status, begun, file, table, written, rejected, unknown, host, progress } =
      queuedRow(job)
    await sink.row([id, status, begun, file, table, written, rejected, unknown, host, progress])
  }
  for (const job of jobs) {
    const { status, begun, file, table, written, rejected, unknown } = rowOf(job)
    const rest = more.length === 0 ? [] : [job.shared?.host ?? null, progressOf(job)]
    await sink.row([job.id, status, begun, file, table, written, rejected, unknown, ...rest])
  }
  await sink.end()
  await context.endPage()
  await reportHidden(context.messages, sink.hidden)
  for (const { id, problem } of jobs) {
    if (problem !== undefined) await context.messages.say(`cannot read job ${id}: ${problem}`)
  }
  if (jobs.length + queued.length + schedules.length === 0)
    await context.messages.note(
      'There are no jobs yet. clt import, sync, restore and records copy create them.',
    )
  return EXIT.ok
}

const RIGHT = ['written', 'rejected', 'unknown']

/** How far a job that is not done has come, on any machine. */
function progressOf({ status, shared }: JobSummary): string | null {
  if (status === 'done' || shared?.figures === undefined) return null
  const { written, planned } = shared.figures
  return planned === null ? null : `${formatCount(written)} of ${formatCount(planned)} written`
}
