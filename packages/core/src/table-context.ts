import type { Dialect, Table, Version } from '@chatlayer-tables/contract'
import type { Sender } from './send/sender.ts'
import type { CallOptions } from './types.ts'

/** What every operation on one table needs: where to send, which table and version, what is known of the gateway. */
export interface TableContext {
  readonly sender: Sender
  readonly version: Version
  /** The dialect in force; read at each use, since a probe may replace it. */
  readonly dialect: () => Dialect
  /** The table's definition, read once and kept; throws NotFoundError. */
  readonly definition: (call?: CallOptions) => Promise<Table>
}
