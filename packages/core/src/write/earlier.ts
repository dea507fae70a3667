/**
 * Inserts by an earlier process that was broken off, so that another one can go on: what it may have
 * sent is looked for before it is sent, and what is known to be another row's is taken for no row's.
 * All times are milliseconds since 1970 by this machine's clock.
 */
export interface EarlierInserts {
  /** By when the earlier process had ended: it sent nothing later. */
  readonly endedAt: number
  /** When an attempt at the row at this place may have begun; undefined when there was none. */
  attemptedAt(index: number): number | undefined
  /** Whether a record is known to be that of a row which is not written now. */
  isTaken(id: string): boolean
  /**
   * How many rows equal to this one landed under ids that nobody was told, and are not written now;
   * and when the first of them may have been sent. Undefined for none.
   */
  anonymous(index: number): { readonly count: number; readonly since: number } | undefined
  /**
   * Rows are only looked for: one that did not land is rejected with a NotFoundError, and none is
   * sent. A listener is not told of them.
   */
  readonly onlyLook?: boolean | undefined
}

/** The same, of one row. */
export interface EarlierAttempt {
  readonly endedAt: number
  readonly attemptedAt: number | undefined
  readonly onlyLook: boolean
  isTaken(id: string): boolean
  anonymous(): ReturnType<EarlierInserts['anonymous']>
}

/** So long after a process has ended, what it sent last has landed or never will. */
const LANDED_MS = 2_000

export function earlierAttempt(
  earlier: EarlierInserts | undefined,
  index: number,
): EarlierAttempt | undefined {
  if (earlier === undefined) return undefined
  return {
    endedAt: earlier.endedAt,
    attemptedAt: earlier.attemptedAt(index),
    onlyLook: earlier.onlyLook === true,
    isTaken: (id) => earlier.isTaken(id),
    anonymous: () => earlier.anonymous(index),
  }
}

/** How long to wait before each look for what an earlier process may have sent. */
export function earlierLookDelays(endedAt: number): readonly number[] {
  return [Math.max(0, endedAt + LANDED_MS - Date.now())]
}
