import type { TableContext } from '../table-context.ts'
import type { GatewayClock } from './clock.ts'
import type { IdFilterTrials } from './id-filter.ts'
import type { InsertLedger } from './ledger.ts'
import type { WriteListener } from './listener.ts'

/** What writes need beyond a table's context; the client's memory, its listener and its patience. */
export interface WriteContext extends TableContext {
  readonly clock: GatewayClock
  readonly ledger: InsertLedger
  readonly idFilters: IdFilterTrials
  /** Whether an answer to an UPDATE or DELETE has shown what it changed; the next ones will too. */
  readonly changes: { areShown: boolean }
  /** By table, the columns in which it was seen to store values otherwise than they were sent. */
  readonly altered: Map<string, Set<string>>
  readonly listener: WriteListener | undefined
  /** How often an INSERT is sent at most, when looking shows that it did not land. */
  readonly maxSends: number
}
