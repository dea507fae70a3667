/** `clt apply --queue`: puts an apply into the queue, and registers its schedule. */
import { parseAllowance } from '@chatlayer-tables/transfer/project'
import { checkCanAsk, confirmOrThrow } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { namesIn } from '../../options/project.ts'
import { Events } from '../../output/events.ts'
import { makeOrder } from '../../queue/apply-order.ts'
import { followJob } from '../../queue/follow-job.ts'
import { openQueue } from '../../queue/open-queue.ts'
import { shortId } from '../../queue/queued-job-text.ts'
import { checkScheduleName, registerSchedule } from '../../queue/register-schedule.ts'
import type { Options } from './definition.ts'

export async function queueApply(options: Options, context: Context): Promise<ExitCode> {
  if (options.plan !== undefined) {
    throw new UsageError('a plan cannot be queued', 'Apply it here, or queue the file without it.')
  }
  if (!options.yes) checkCanAsk(context, 'run clt plan to see what would change')
  const only = namesIn(options)
  for (const allowance of options.allow) parseAllowance(allowance)
  const { order, project, left } = await makeOrder(context, { ...options, only })
  checkNames(
    project.syncs.map(({ name }) => name),
    only,
  )
  const isWhole = only === undefined && options.allow.length === 0
  if (isWhole) checkScheduleName(order.name, project)
  const { messages } = context
  for (const path of left) {
    await messages.say(`${path} is not brought along: the worker must be able to read it there`)
  }
  if (!options.yes) {
    await confirmOrThrow(context, `Queue ${order.name}? A worker applies it without asking.`)
  }
  await using queue = await openQueue(context)
  const id = await queue.enqueue(order)
  const events = new Events(context)
  await events.event('queued', { id, name: order.name, priority: options.priority })
  await messages.note(`queued job ${shortId(id)}: ${order.name}`)
  if (isWhole) {
    const scheduled = await registerSchedule(context, queue, order, project)
    if (scheduled !== undefined) await events.event('scheduled', { ...scheduled, work: undefined })
  }
  if (options.follow) return await followJob(context, queue, id)
  await messages.note(`follow it with: clt jobs logs ${shortId(id)} --follow`)
  return EXIT.ok
}

function checkNames(names: readonly string[], only: readonly string[] | undefined): void {
  const wrong = only?.find((name) => !names.includes(name))
  if (wrong === undefined) return
  throw new UsageError(`there is no sync "${wrong}"`, `Syncs: ${names.join(', ')}.`)
}
