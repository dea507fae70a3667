/**
 * A session is one process that uses the database. It renews its lease while it lives; its locks hang on
 * it. Who takes a lock of a session whose lease has run out ends that session first, and from then on
 * nothing is committed under it: a machine that comes back cannot write as the old owner. All times are
 * the database's.
 */
import type { Locks } from '@chatlayer-tables/local'
import type { Run } from './database.ts'
import type { LockKind } from './state.ts'

export interface Sessions {
  now(): number
  locks(kind: LockKind): Locks
  /**
   * Within a transaction: takes part in it only while the session of this lock lives, and ends the
   * transaction otherwise. Two of one session wait for each other.
   *
   * @throws StorageError of the kind `lost`
   */
  check(lock: { readonly name: string }, run: Run): Promise<void>
  close(): Promise<void>
}
