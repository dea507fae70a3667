/** Shows the log of a queued job until it has ended. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Queue, QueuedJob, QueueStatus } from '@chatlayer-tables/state'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { Events } from '../output/events.ts'
import { shortId } from './queued-job-text.ts'

const POLL_MS = 500

const OVER: ReadonlySet<QueueStatus> = new Set(['done', 'failed', 'cancelled', 'skipped'])

/**
 * @param after only lines after this number
 * @returns the exit code of the job
 */
export async function followJob(
  context: Context,
  queue: Queue,
  id: string,
  after = 0,
): Promise<ExitCode> {
  const { messages, stop } = context
  const events = new Events(context)
  let number = after
  for (;;) {
    const job = await queue.show(id)
    for (const line of await queue.lines(id, { after: number, limit: 1_000 })) {
      number = line.number
      await events.event('line', { number, at: new Date(line.at).toISOString(), text: line.text })
      if (!context.json) await messages.note(line.text)
    }
    if (OVER.has(job.status)) return await reportEnd(context, events, job)
    if (stop.aborted) {
      await messages.say(
        `job ${shortId(id)} is ${job.status}; follow it with: clt jobs logs ${shortId(id)} --follow`,
      )
      return EXIT.interrupted
    }
    await wait(POLL_MS, undefined, { signal: stop }).catch(() => undefined)
  }
}

async function reportEnd(context: Context, events: Events, job: QueuedJob): Promise<ExitCode> {
  const { id, status, reason, result } = job
  await events.event('end', { id, status, reason, result })
  const what = `job ${shortId(id)}: ${status}`
  const text = reason === undefined ? what : `${what}: ${reason}`
  const exit = exitOf(job)
  if (exit === EXIT.ok) await context.messages.note(text)
  else await context.messages.failure({ message: text, hint: undefined })
  return exit
}

function exitOf({ status, result }: QueuedJob): ExitCode {
  if (status === 'cancelled') return EXIT.interrupted
  if (status !== 'failed') return EXIT.ok
  const { exit } = (result ?? {}) as { readonly exit?: unknown }
  const found = Object.values(EXIT).find((each) => each === exit && each !== EXIT.ok)
  return found ?? EXIT.unexpected
}
