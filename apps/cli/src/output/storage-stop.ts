import type { JobStop } from '@chatlayer-tables/transfer'
import type { Messages } from './messages.ts'

/** Reports why this machine could not keep a job any more, and the way to continue. */
export async function reportStorageStop(
  messages: Messages,
  { error }: Pick<JobStop, 'error'>,
  job: string | undefined,
): Promise<void> {
  if (error === undefined) return
  const kind = 'kind' in error ? error.kind : undefined
  const step = STEPS[kind ?? ''] ?? 'Make it usable again'
  await messages.error(error, `${step}, then run: clt jobs resume ${job}`)
}

const STEPS: Readonly<Record<string, string>> = {
  full: 'Free space there',
  locked: 'Wait until the other process has ended',
}
