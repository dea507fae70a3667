/**
 * Removes what nothing needs any more, apart from old change sets and what was queued: the journal and the
 * workers remove those.
 */
import type { Database } from './database.ts'
import { EXPIRE } from './notes/shared-notes.ts'
import { PRUNE } from './sessions/statements.ts'

export interface PrunedState {
  readonly sessions: number
  readonly notes: number
}

/** Programs do the same from time to time. @throws StorageError */
export async function pruneState(database: Database): Promise<PrunedState> {
  const [sessions] = await database.query(PRUNE)
  const counted = `with gone as (${EXPIRE} returning 1) select count(*)::int as count from gone`
  const [notes] = await database.query(counted)
  return { sessions: Number(sessions?.count), notes: Number(notes?.count) }
}
