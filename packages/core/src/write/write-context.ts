import type { TableContext } from '../table-context.ts'
import type { GatewayClock } from './clock.ts'
import type { IdFilterTrials } from './id-filter.ts'
import type { InsertLedger } from './ledger.ts'
import type { WriteListener } from './listener.ts'

/** Context of writes: that of a table, and the state, listener and limits of the client. */
export interface WriteContext extends TableContext {
  readonly clock: GatewayClock
  readonly ledger: InsertLedger
  readonly idFilters: IdFilterTrials
  /**
   * Whether a response to an UPDATE or DELETE has shown the changed records; later ones will too.
   */
  readonly changes: { areShown: boolean }
  /**
   * By table, columns in which the gateway was seen to store values differently from what was sent.
   */
  readonly altered: Map<string, Set<string>>
  readonly listener: WriteListener | undefined
  /** Maximum number of sends of an INSERT that searches show was not written. */
  readonly maxSends: number
}
