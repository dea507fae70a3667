import type { Shape } from './shape.ts'

/** The state of one mirror. */
export interface MirrorState {
  readonly shape: Shape
  /** When the latest reading began, by this machine's clock, ISO 8601: earlier writes are in it. */
  readonly asOf: string
  /** Whether every record was read once; false where the table kept changing. */
  readonly complete: boolean
  readonly records: number
  /** Increases with every change, so that no process overwrites the changes of another. */
  readonly generation: number
  /** When the table was last read as a whole. */
  readonly wholeAt: string
  /** The start of the next refresh; see refresh.ts. */
  readonly bracket: Bracket
  /** The number of values by column that SQLite's numbers cannot store exactly. */
  readonly rounded: Readonly<Record<string, number>>
}

/** Bounds for the start of a reading by the clock that dates records. */
export interface Bracket {
  /** The latest `updated_at` of the reading; empty where it had no records. */
  readonly latest: string
  /** How long the reading took, in milliseconds. */
  readonly tookMs: number
  /** When it began by the Date headers of the gateway, milliseconds since 1970. */
  readonly gatewayMs: number | undefined
}

export type NewState = Omit<MirrorState, 'generation' | 'records' | 'rounded'>
