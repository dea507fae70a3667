import type { TableContext } from '../table-context.ts'
import type { GatewayClock } from './clock.ts'
import type { IdFilterTrials } from './id-filter.ts'
import type { InsertLedger } from './ledger.ts'
import type { WriteListener } from './listener.ts'

/** What writes need beyond a table's context; all but the listener is the client's memory. */
export interface WriteContext extends TableContext {
  readonly clock: GatewayClock
  readonly ledger: InsertLedger
  readonly idFilters: IdFilterTrials
  readonly listener: WriteListener | undefined
}
