/** The limits of one query. */
export interface Limits {
  /** Rows of the result; more rows are cut off, which is reported. */
  readonly maxRows: number
  /** Approximate bytes of the result. */
  readonly maxBytes: number
  /** From the start of the query to its last row, without the time to bring tables up to date. */
  readonly timeMs: number
}

export const DEFAULT_LIMITS: Limits = {
  maxRows: 10_000,
  maxBytes: 32 * 1024 * 1024,
  timeMs: 30_000,
}

/** Memory in addition to that of the idle process that runs queries. */
export const DEFAULT_MAX_MEMORY = 512 * 1024 * 1024
