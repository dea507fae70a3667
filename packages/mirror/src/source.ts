import type { CallOptions, Client, TableHandle } from '@chatlayer-tables/core'
import type { Shape } from './shape.ts'
import type { MirrorFile } from './store.ts'

/** One table of the gateway, and the file in which its mirror stands. */
export interface Source {
  readonly client: Client
  readonly handle: TableHandle
  readonly shape: Shape
  readonly file: MirrorFile
  readonly call: CallOptions
  /** Told how many records were read so far. */
  readonly onRecords: ((records: number) => void) | undefined
}

/** The present by our clock, as mirrors keep it. */
export function isoNow(): string {
  return new Date().toISOString()
}
