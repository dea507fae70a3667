import { type JobFigures, jobKindOf, jobOverview } from '@chatlayer-tables/transfer'
import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { jobStore } from '../../../jobs/job-store.ts'
import { changedBy, changesText } from '../../../output/change-output.ts'
import { formatCount } from '../../../output/progress.ts'
import { rowSink } from '../../../output/record-output.ts'
import { openQueueIfThere } from '../../../queue/open-queue.ts'
import { findQueued, showQueued, showSchedule } from '../../../queue/show-queued.ts'
import { KINDS } from '../kinds/index.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  await using queue = await openQueueIfThere(context)
  const store = await jobStore(context)
  const queued = queue && (await findQueued(queue, store, options.job))
  if (queue !== undefined && queued !== undefined) return await showQueued(context, queue, queued)
  const schedule = (await queue?.schedules())?.find(({ key }) => key === options.job)
  if (schedule !== undefined) return await showSchedule(context, schedule)
  const job = await store.show(options.job)
  const changes = await context.journal.changesOf(job.id)
  if (context.json) {
    await context.out.write(`${JSON.stringify({ ...job, changes })}\n`)
    return EXIT.ok
  }
  const sink = rowSink(context.out, [{ name: 'what' }, { name: 'is' }])
  await sink.row(['job', job.id])
  await sink.row(['status', job.status])
  if (job.shared !== undefined) {
    const { host, principal, figures } = job.shared
    await sink.row(['on', principal === undefined ? host : `${host}, by ${principal}`])
    if (figures !== undefined && job.status !== 'done') {
      await sink.row(['so far', progressText(figures)])
    }
  }
  const kind = jobOverview(job) && jobKindOf(job)
  // `kind` determines the type of the facts.
  const lines = kind === undefined ? [] : KINDS[kind].show(job.facts as never, job.report)
  for (const [what, is] of lines) await sink.row([what, is])
  if (job.problem !== undefined) await sink.row(['problem', job.problem])
  for (const summary of changes) await sink.row(['change set', changesText(summary)])
  await sink.end()
  if (changes.some(({ counts, undone }) => undone < changedBy(counts))) {
    await context.messages.note(`undo with: clt changes undo --job ${job.id}`)
  }
  if (job.status === 'unfinished') {
    await context.messages.note(`continue with: clt jobs resume ${job.id}`)
  }
  return EXIT.ok
}

function progressText({ written, rejected, unknown, planned }: JobFigures): string {
  const of = planned === null ? '' : ` of ${formatCount(planned)}`
  const others = `${formatCount(rejected)} rejected, ${formatCount(unknown)} unknown`
  return `${formatCount(written)}${of} written, ${others}`
}
