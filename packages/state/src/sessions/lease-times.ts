/** The times of leases, in milliseconds. All programs of a database have the same. */
export interface LeaseTimes {
  /** How long a session lives without a renewal. */
  readonly lease: number
  /** How often it is renewed. */
  readonly renew: number
  /**
   * How long another process waits for a renewal, once a lease has run out. The database may have been
   * away for all, and those who come back must not end each other.
   */
  readonly grace: number
  /**
   * Nothing is expected any more of a session whose lease ran out this long ago, and longer than it waits
   * for a database that went away.
   */
  readonly patience: number
}

export const LEASE_TIMES: LeaseTimes = {
  lease: 10_000,
  // Several may fail before the lease runs out.
  renew: 2_500,
  // Longer than it takes to connect again and to renew.
  grace: 4_000,
  patience: 60_000,
}
