import type { Dialect, Table, Version } from '@chatlayer-tables/contract'
import type { Sender } from './send/sender.ts'
import type { CallOptions } from './types.ts'

/** Context of every operation on one table. */
export interface TableContext {
  readonly sender: Sender
  /** The table's name or id, as the caller wrote it. */
  readonly table: string
  readonly version: Version
  /** The effective dialect. Call it at each use, since a probe may replace it. */
  readonly dialect: () => Dialect
  /** The table's definition, read once and kept; throws NotFoundError. */
  readonly definition: (call?: CallOptions) => Promise<Table>
}
