import type { Context } from '../../../context.ts'
import { EXIT, type ExitCode } from '../../../exit-codes.ts'
import { openQueue } from '../../../queue/open-queue.ts'
import { shortId } from '../../../queue/queued-job-text.ts'
import type { Options } from './definition.ts'

export async function run({ jobs }: Options, context: Context): Promise<ExitCode> {
  await using queue = await openQueue(context)
  for (const each of jobs) {
    // A name of digits may be the beginning of an id, too: the schedule was named on purpose.
    if (await queue.unschedule(each)) {
      await context.messages.note(`removed the schedule ${each}`)
      continue
    }
    const { id, name, job } = await queue.cancel(each)
    await context.messages.note(`cancelled job ${shortId(id)}: ${name}`)
    if (job !== undefined) {
      await context.messages.say(
        `what it has written stays: to undo it, run: clt changes undo --job ${job}`,
      )
    }
  }
  return EXIT.ok
}
