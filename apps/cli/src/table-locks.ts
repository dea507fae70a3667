/** Table locks: only one process at a time, of this machine or of all, writes to a table by key. */
import type { Client, Table, Version } from '@chatlayer-tables/core'
import { type HeldLock, holderText, type LockHolder, takeTableLock } from '@chatlayer-tables/local'
import type { Context } from './context.ts'
import type { LockFlags } from './options/writing.ts'

export interface TableToLock {
  readonly table: Pick<Table, 'id' | 'name'>
  readonly version: Version
}

type Connected = Pick<Client, 'connection'>

/** Several locks, always taken in the same order to prevent deadlocks. */
export interface TableLocks extends AsyncDisposable {
  /** Whether another process held one of them, and may have changed the table. */
  readonly hasWaited: boolean
  /** Aborts when one of them is lost to another machine: nothing may be written then. */
  readonly lost: AbortSignal
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
  const state = await context.state.open()
  const locks = state.locks('tables')
  const byName = new Map(tables.map((each) => [`${each.table.id} ${each.version}`, each]))
  const sorted = [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1))
  const held: HeldLock[] = []
  let hasWaited = false
  const release = async (): Promise<void> => {
    for (const lock of held) await lock.release()
  }
  try {
    for (const [, { table, version }] of sorted) {
      const target = { origin, teamId, botId, tableId: table.id, tableName: table.name, version }
      const onWait = (holder: LockHolder | undefined): void => {
        hasWaited = true
        const name = `"${table.name}" (${version})`
        void context.messages.say(`waiting: ${holderText(holder)} is writing to ${name} by key`)
      }
      held.push(await takeTableLock(locks, target, { wait, signal: context.stop, onWait }))
    }
  } catch (error) {
    await release()
    throw error
  }
  const lost = AbortSignal.any(held.map((lock) => lock.lost))
  return { hasWaited, lost, [Symbol.asyncDispose]: release }
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
