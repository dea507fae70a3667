/** The lock that lets only one process that shares the state write to a table by key at a time. */
import type { HeldLock } from '@chatlayer-tables/local'
import type { CallContext } from '../call/context.ts'
import { connectionOf } from '../journal/write-journal.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'
import { isStorageError, stateError } from '../state/state-error.ts'

const UNUSABLE = {
  message: 'Nothing was written: this server cannot lock the table.',
  hint: 'Ask the operator to check the log of the server (stderr).',
}

/** Longer waits fail, so that the caller can retry. */
const MAX_WAIT_MS = 10_000

/**
 * Acquires the lock of a table; waits for other calls and processes up to the timeout.
 *
 * @returns undefined if the state folder cannot be used: the write is not locked then
 * @throws ToolError if the lock is still held then, or is in a database that cannot be reached; and the
 *   reason of an abort
 */
export async function lockTable(
  context: CallContext,
  { definition, version }: GuardedTable,
): Promise<HeldLock | undefined> {
  // Loaded at first use: most calls do not write by key.
  const { takeTableLock } = await import('@chatlayer-tables/local')
  const { client, signal, request, log, state } = context
  const { id: tableId, name: tableName } = definition
  const target = { ...connectionOf(client), tableId, tableName, version }
  const timeout = AbortSignal.timeout(MAX_WAIT_MS)
  try {
    return await takeTableLock((await state.open()).locks('tables'), target, {
      wait: true,
      signal: AbortSignal.any([signal, timeout]),
      onWait: () =>
        void request.progress?.(0, undefined, 'waiting: another process is writing to this table'),
    })
  } catch (error) {
    if (isStorageError(error)) {
      if (state.isShared) throw stateError(error, log, 'The locks of this server', UNUSABLE)
      log.warn(`cannot create the lock of a table: ${error.message}`)
      return undefined
    }
    if (signal.aborted || !timeout.aborted) throw error
    throw new ToolError(
      'TABLE_LOCKED',
      `Nothing was written. Another process is writing to "${tableName}" (${version}) by key.`,
      { field: 'table', hint: 'Retry when the other process has finished.' },
    )
  }
}
