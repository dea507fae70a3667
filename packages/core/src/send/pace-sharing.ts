/**
 * What the clients of one token tell each other of their rate limit, so that they divide it. Where it
 * happens is another package's business; a client alone needs none of it.
 */

/** What one client did since it began, and what it wants. Plain data. */
export interface PaceReport {
  /** Requests that were accepted, and that were refused by the limit, so far. */
  readonly accepted: number
  readonly refused: number
  /** Requests per second that it allows itself; undefined while it knows no limit. */
  readonly rate: number | undefined
  /** Whether requests waited for that rate since the last report. */
  readonly isHeldBack: boolean
}

/** The latest report of another client, and how old it is, in milliseconds. */
export interface OtherPace extends PaceReport {
  readonly client: string
  readonly ageMs: number
}

export interface PaceSharing {
  /**
   * Tells the others, and returns what they told last. Called about twice a second while requests are
   * sent. Clients that ended or died are not among the others. When it throws, the client goes on alone.
   */
  exchange(report: PaceReport): Promise<readonly OtherPace[]>
  /** The client sends nothing for now. */
  leave(): Promise<void>
}
