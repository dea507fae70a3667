/** Opens the queue of the state. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { StorageError } from '@chatlayer-tables/local'
import type { OpenQueueOptions, Queue } from '@chatlayer-tables/state'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'

/** @throws UsageError where no database is set, StorageError */
export async function openQueue(
  { state }: Pick<Context, 'state'>,
  options: OpenQueueOptions = {},
): Promise<Queue> {
  try {
    return await (await state.open()).openQueue(options)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new UsageError(
      error.message,
      'Set CHATLAYER_STATE to the address of a PostgreSQL database, or to connection:NAME of a saved one.',
    )
  }
}

/** Undefined where no database is set, or it has no queue yet. @throws StorageError */
export async function openQueueIfThere(
  context: Pick<Context, 'state'>,
): Promise<Queue | undefined> {
  if (!(await context.state.isShared())) return undefined
  try {
    return await openQueue(context)
  } catch (error) {
    if (error instanceof StorageError && error.kind === 'missing') return undefined
    throw error
  }
}
