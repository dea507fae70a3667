/** What one query may take. */
export interface Limits {
  /** Rows of the answer; what is more is cut off, and told. */
  readonly maxRows: number
  /** Bytes of the answer, about. */
  readonly maxBytes: number
  /** From the beginning of the query to its last row; bringing tables up to date is not counted. */
  readonly timeMs: number
}

export const DEFAULT_LIMITS: Limits = {
  maxRows: 10_000,
  maxBytes: 32 * 1024 * 1024,
  timeMs: 30_000,
}

/** Memory beyond what the process that runs queries takes at rest. */
export const DEFAULT_MAX_MEMORY = 512 * 1024 * 1024
