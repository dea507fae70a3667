import type { CallOptions, Client, TableHandle } from '@chatlayer-tables/core'
import type { Shape } from './shape.ts'
import type { MirrorFile } from './store.ts'

/** One table of the gateway, and the file of its mirror. */
export interface Source {
  readonly client: Client
  readonly handle: TableHandle
  readonly shape: Shape
  readonly file: MirrorFile
  readonly call: CallOptions
  /** Called with the number of records so far. */
  readonly onRecords: ((records: number) => void) | undefined
}

/** The present time by this machine's clock, in the form of mirrors. */
export function isoNow(): string {
  return new Date().toISOString()
}
