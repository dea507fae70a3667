/** Registers the schedule of a project, or removes it where the project has none any more. */
import type { Queue, QueueOrder, QueueSchedule } from '@chatlayer-tables/state'
import { type Project, placeText } from '@chatlayer-tables/transfer/project'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'

/** @throws UsageError for a name that a schedule cannot have */
export function checkScheduleName(name: string, { schedule }: Pick<Project, 'schedule'>): void {
  if (schedule === undefined || /^[\w./-]+$/.test(name)) return
  throw new UsageError(
    `${placeText(schedule.place)}: a schedule cannot have the name "${name}"`,
    'Pass --name with letters, digits, "_", "-", "." and "/".',
  )
}

export async function registerSchedule(
  { messages }: Pick<Context, 'messages'>,
  queue: Queue,
  order: QueueOrder,
  { schedule }: Pick<Project, 'schedule'>,
): Promise<QueueSchedule | undefined> {
  const { name } = order
  if (schedule === undefined) {
    if (await queue.unschedule(name)) await messages.note(`removed the schedule ${name}`)
    return undefined
  }
  const before = (await queue.schedules()).find(({ key }) => key === name)
  const registered = await queue.schedule(name, order, schedule)
  const from = before?.by.host
  if (from !== undefined && from !== order.by.host) {
    await messages.note(`the schedule ${name} of ${from} was replaced`)
  }
  const [next] = registered.next
  const at = next === undefined ? '' : `, next at ${new Date(next).toISOString()}`
  await messages.note(`scheduled ${name}: ${schedule.cron} (${schedule.timezone})${at}`)
  return registered
}
