/** Table locks: only one process of this machine at a time writes to a table by key or by comparison. */
import type { Client, Table, Version } from '@chatlayer-tables/core'
import { type Lock, takeTableLock, userStateFolder } from '@chatlayer-tables/local'
import type { Context } from './context.ts'
import type { LockFlags } from './options/writing.ts'

export interface TableToLock {
  readonly table: Pick<Table, 'id' | 'name'>
  readonly version: Version
}

type Connected = Pick<Client, 'connection'>

/** Several locks, always taken in the same order to prevent deadlocks. */
export interface TableLocks extends Disposable {
  /** Whether another process held one of them, and may have changed the table. */
  readonly hasWaited: boolean
}

/**
 * Takes the locks of these tables, and waits for other processes unless `--no-wait` was passed.
 *
 * @throws TableLockedError, StorageError, or the reason of an interruption
 */
export async function lockTables(
  context: Context,
  { wait }: LockFlags,
  { connection }: Connected,
  tables: readonly TableToLock[],
): Promise<TableLocks> {
  const { origin, teamId, botId } = connection
  const folder = userStateFolder(context.io.env)
  const byName = new Map(tables.map((each) => [`${each.table.id} ${each.version}`, each]))
  const sorted = [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
  const locks: Lock[] = []
  let hasWaited = false
  const release = (): void => {
    for (const lock of locks) lock.release()
  }
  try {
    for (const [, { table, version }] of sorted) {
      const target = { origin, teamId, botId, tableId: table.id, tableName: table.name, version }
      const onWait = (): void => {
        hasWaited = true
        const name = `"${table.name}" (${version})`
        void context.messages.say(`waiting: another process is writing to ${name} by key`)
      }
      locks.push(await takeTableLock(folder, target, { wait, signal: context.stop, onWait }))
    }
  } catch (error) {
    release()
    throw error
  }
  return { hasWaited, [Symbol.dispose]: release }
}

/** The lock of one table. @throws as {@link lockTables} does */
export function lockTable(
  context: Context,
  flags: LockFlags,
  client: Connected,
  table: TableToLock,
): Promise<TableLocks> {
  return lockTables(context, flags, client, [table])
}
