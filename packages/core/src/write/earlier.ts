import type { GatewayMoment } from './clock.ts'

/** Equal rows that were written under ids that no response showed. */
export interface AnonymousRows {
  readonly count: number
  /** The moment before the first of them was sent; undefined where it is not known for all. */
  readonly since: GatewayMoment | undefined
}

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
  /**
   * Those of these records that are known to belong to rows that are not written now. Called once for
   * each page of a search.
   */
  takenOf(ids: readonly string[]): ReadonlySet<string> | Promise<ReadonlySet<string>>
  /**
   * Rows equal to the one at this index that were written under ids that no response showed, and are
   * not written now. Undefined for none. Called once for each search.
   */
  anonymous(index: number): AnonymousRows | undefined | Promise<AnonymousRows | undefined>
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
  takenOf(ids: readonly string[]): ReturnType<EarlierInserts['takenOf']>
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
    takenOf: (ids) => earlier.takenOf(ids),
    anonymous: () => earlier.anonymous(index),
  }
}
