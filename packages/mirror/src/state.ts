import type { Shape } from './shape.ts'

/** What is known of the records of one mirror. */
export interface MirrorState {
  readonly shape: Shape
  /** When the latest reading began, by our clock, ISO 8601: what was written before then is there. */
  readonly asOf: string
  /** Whether the reading showed every record once; false where the table kept changing. */
  readonly complete: boolean
  readonly records: number
  /** Grows with every change, so that nobody writes over what another process brought. */
  readonly generation: number
  /** When the table was last read as a whole. */
  readonly wholeAt: string
  /** From where the next refresh has to look; see refresh.ts. */
  readonly bracket: Bracket
  /** Columns some of whose values SQLite's numbers cannot hold to the last digit, and how many. */
  readonly rounded: Readonly<Record<string, number>>
}

/** What bounds the instant, by the clock that dates records, at which a reading began. */
export interface Bracket {
  /** The latest `updated_at` that the reading showed; empty where it showed no record. */
  readonly latest: string
  /** How long the reading took, in milliseconds. */
  readonly tookMs: number
  /** When it began by the Date headers of the gateway, milliseconds since 1970. */
  readonly gatewayMs: number | undefined
}

export type NewState = Omit<MirrorState, 'generation' | 'records' | 'rounded'>
