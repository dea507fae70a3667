import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { followJob } from '../../../queue/follow-job.ts'
import { openQueue } from '../../../queue/open-queue.ts'
import { timeOf } from '../../../queue/queued-job-text.ts'
import type { Options } from './definition.ts'

export async function run(options: Options, context: Context): Promise<ExitCode> {
  await using queue = await openQueue(context)
  const { id } = await queue.show(options.job)
  const lines = await queue.lines(id, { limit: options.lines })
  for (const { number, at, text } of lines) {
    const shown = context.json
      ? JSON.stringify({ event: 'line', number, at: new Date(at).toISOString(), text })
      : `${timeOf(at)} ${text}`
    await context.out.write(`${shown}\n`)
  }
  if (!options.follow) return EXIT.ok
  return await followJob(context, queue, id, lines.at(-1)?.number)
}
