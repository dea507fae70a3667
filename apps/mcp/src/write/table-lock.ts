/** The lock that lets only one process of this machine write to a table by key at a time. */

import type { CallContext } from '../call/context.ts'
import { connectionOf, stateFolderOf } from '../journal/write-journal.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'

/** Longer waits fail, so that the caller can retry. */
const MAX_WAIT_MS = 10_000

/**
 * Acquires the lock of a table; waits for other calls and processes up to the timeout.
 *
 * @throws ToolError if the lock is still held then, and the reason of an abort
 */
export async function lockTable(
  context: CallContext,
  { definition, version }: GuardedTable,
): Promise<Disposable | undefined> {
  // Loaded at first use: most calls do not write by key.
  const { StorageError, takeTableLock } = await import('@chatlayer-tables/local')
  const { client, signal, request, log } = context
  const { id: tableId, name: tableName } = definition
  const target = { ...connectionOf(client), tableId, tableName, version }
  const timeout = AbortSignal.timeout(MAX_WAIT_MS)
  try {
    return await takeTableLock(await stateFolderOf(context), target, {
      wait: true,
      signal: AbortSignal.any([signal, timeout]),
      onWait: () =>
        void request.progress?.(0, undefined, 'waiting: another process is writing to this table'),
    })
  } catch (error) {
    if (error instanceof StorageError) {
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
