import type { JobStop } from '@chatlayer-tables/transfer'
import type { Messages } from './messages.ts'

/** Reports why a job could no longer be stored, on this machine or for all, and how to continue. */
export async function reportStorageStop(
  messages: Messages,
  { error }: Pick<JobStop, 'error'>,
  job: string | undefined,
): Promise<void> {
  if (error === undefined) return
  const kind = 'kind' in error ? error.kind : undefined
  const step = STEPS[kind ?? ''] ?? 'Fix the storage error'
  await messages.error(error, `${step}, then run: clt jobs resume ${job}`)
}

const STEPS: Readonly<Record<string, string>> = {
  full: 'Free space there',
  locked: 'Wait until the other process has ended',
  unreachable: 'Wait until the database can be reached',
  // Unless it has been resumed there.
  lost: 'Check that no other machine continues it (clt jobs list)',
}
