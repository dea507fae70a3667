import type { TableContext } from '../table-context.ts'
import type { GatewayClock } from './clock.ts'
import type { InsertLedger } from './ledger.ts'
import type { WriteListener } from './listener.ts'

/** What writes need beyond a table's context; the clock and the ledger are the client's. */
export interface WriteContext extends TableContext {
  readonly clock: GatewayClock
  readonly ledger: InsertLedger
  readonly listener: WriteListener | undefined
}
