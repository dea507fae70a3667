import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { jobStore } from '../../../jobs/job-store.ts'
import { reportHidden } from '../../../output/preview-output.ts'
import { rowSink } from '../../../output/record-output.ts'
import { rowOf } from '../kinds/index.ts'
import type { Options } from './definition.ts'

export async function run(_: Options, context: Context): Promise<ExitCode> {
  const store = await jobStore(context)
  const jobs = await store.list()
  if (context.json) {
    await context.out.write(`${JSON.stringify(jobs)}\n`)
    return EXIT.ok
  }
  await context.page()
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
  await context.endPage()
  await reportHidden(context.messages, sink.hidden)
  for (const { id, problem } of jobs) {
    if (problem !== undefined) await context.messages.say(`cannot read job ${id}: ${problem}`)
  }
  if (jobs.length === 0)
    await context.messages.note(
      'There are no jobs yet. clt import, sync, restore and records copy create them.',
    )
  return EXIT.ok
}

const RIGHT = ['written', 'rejected', 'unknown']
