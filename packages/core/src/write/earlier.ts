import type { GatewayMoment } from './clock.ts'

/**
 * Inserts by an earlier process that was interrupted, so that another one can continue: what it may
 * have sent is searched for before it is sent, and a record that is known to be another row's is taken
 * for none of these.
 */
export interface EarlierInserts {
  /** By when the earlier process had ended, in milliseconds of this process's `performance.now()`. */
  readonly endedAt: number
  /**
   * An attempt that may have been made at the row at this place; undefined when there was none. Its
   * moment is the one that the earlier process kept before the attempt, undefined where it knew none.
   */
  attempted(index: number): { readonly moment: GatewayMoment | undefined } | undefined
  /** Whether a record is known to be that of a row which is not written now. */
  isTaken(id: string): boolean
  /**
   * How many rows equal to this one were written under ids that no response showed, and are not
   * written now; and the moment before the first of them. Undefined for none.
   */
  anonymous(
    index: number,
  ): { readonly count: number; readonly since: GatewayMoment | undefined } | undefined
  /**
   * Whether the table is known to have held no record before the first of these inserts. Used for
   * rows that were attempted.
   */
  readonly wasEmpty?: boolean | undefined
  /** Columns in which the gateway is known to store values otherwise than they are sent. */
  readonly altered?: readonly string[] | undefined
  /**
   * Rows are only searched for: one that was not written is rejected with a NotFoundError, and none is
   * sent. A listener is not called for them.
   */
  readonly onlyLook?: boolean | undefined
}

/** The same, of one row. */
export interface EarlierAttempt {
  readonly endedAt: number
  readonly attempted: { readonly moment: GatewayMoment | undefined } | undefined
  readonly onlyLook: boolean
  readonly wasEmpty: boolean
  readonly altered: readonly string[]
  isTaken(id: string): boolean
  anonymous(): ReturnType<EarlierInserts['anonymous']>
}

/** Within this time after a process has ended, what it sent last was written or never will be. */
const WRITTEN_AFTER_MS = 2_000

export function earlierAttempt(
  earlier: EarlierInserts | undefined,
  index: number,
): EarlierAttempt | undefined {
  if (earlier === undefined) return undefined
  return {
    endedAt: earlier.endedAt,
    attempted: earlier.attempted(index),
    onlyLook: earlier.onlyLook === true,
    wasEmpty: earlier.wasEmpty === true,
    altered: earlier.altered ?? [],
    isTaken: (id) => earlier.isTaken(id),
    anonymous: () => earlier.anonymous(index),
  }
}

/** How long to wait before each search for what an earlier process may have sent. */
export function earlierSearchDelays(endedAt: number): readonly number[] {
  const left = endedAt + WRITTEN_AFTER_MS - performance.now()
  return [Math.min(WRITTEN_AFTER_MS, Math.max(0, left))]
}
