import type { GatewayMoment } from './clock.ts'

/**
 * Inserts by an earlier process that was interrupted, so that another one can continue: rows that
 * it may have sent are searched for before they are sent, and a record that is known to belong to
 * another row is ignored.
 */
export interface EarlierInserts {
  /**
   * Time when the earlier process had ended, in milliseconds of this process's `performance.now()`.
   */
  readonly endedAt: number
  /**
   * An attempt that may have been made for the row at this index; undefined when there was none.
   * Its moment is the one that the earlier process stored before the attempt, undefined where it
   * had none.
   */
  attempted(index: number): { readonly moment: GatewayMoment | undefined } | undefined
  /** Whether a record is known to belong to a row that is not written now. */
  isTaken(id: string): boolean
  /**
   * Number of rows equal to this one that were written under ids that no response showed, and are
   * not written now; and the moment before the first of them. Undefined for none.
   */
  anonymous(
    index: number,
  ): { readonly count: number; readonly since: GatewayMoment | undefined } | undefined
  /**
   * Whether the table is known to have been empty before the first of these inserts. Used for rows
   * that were attempted.
   */
  readonly wasEmpty?: boolean | undefined
  /** Columns in which the gateway is known to store values differently from what was sent. */
  readonly altered?: readonly string[] | undefined
  /**
   * Only searches for rows: one that was not written is rejected with a NotFoundError, and none is
   * sent. A listener is not called for them.
   */
  readonly onlyLook?: boolean | undefined
}

/** The part of {@link EarlierInserts} for one row. */
export interface EarlierAttempt {
  readonly endedAt: number
  readonly attempted: { readonly moment: GatewayMoment | undefined } | undefined
  readonly onlyLook: boolean
  readonly wasEmpty: boolean
  readonly altered: readonly string[]
  isTaken(id: string): boolean
  anonymous(): ReturnType<EarlierInserts['anonymous']>
}

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
