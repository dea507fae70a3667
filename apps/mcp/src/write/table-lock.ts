/** The lock under which one process of this machine at a time writes to a table by key. */

import type { CallContext } from '../call/context.ts'
import { connectionOf, stateFolderOf } from '../journal/write-journal.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { ToolError } from '../result/tool-error.ts'

/** A call that waits longer is better repeated. */
const MAX_WAIT_MS = 10_000

/**
 * Takes the lock of a table; waits some seconds for another call or process.
 *
 * @throws ToolError where another one still holds it then, and the reason of an abort
 */
export async function lockTable(
  context: CallContext,
  { definition, version }: GuardedTable,
): Promise<Disposable | undefined> {
  // Loaded when it is used: most calls of a server never write by key.
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
        void request.progress?.(0, undefined, 'waiting: another process writes to this table'),
    })
  } catch (error) {
    if (error instanceof StorageError) {
      log.warn(`no lock of a table can be kept: ${error.message}`)
      return undefined
    }
    if (signal.aborted || !timeout.aborted) throw error
    throw new ToolError(
      'TABLE_LOCKED',
      `Nothing was written. Another process writes to "${tableName}" (${version}) by key.`,
      { field: 'table', hint: 'Repeat the call once that one has ended.' },
    )
  }
}
