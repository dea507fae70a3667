/**
 * How the clients of one token divide its rate limit. Each has its own pace (pace.ts) and reports to
 * the others, about twice a second, what limit it believes in and whether it needs more.
 *
 * 1. Clients that are held back get equal shares. One that needs less keeps what it uses, and the
 *    others divide the rest: nothing lies idle, and no share is below an equal one.
 * 2. The limit is shared, not the rates. A client that joins takes over the limit of the others and
 *    counts itself in; one that left or died is no longer counted, and the others have its share.
 * 3. Each measures the limit by itself: what it is allowed, times the number of shares. The mean of
 *    all is what they agree on. Together they measure as one client would.
 * 4. One leads: of those that are held back, the one that joined first. It alone tries for more, so
 *    that each attempt is made once, and the mean carries it to the others.
 * 5. A long pause that one was asked for is kept by all.
 * 6. While no exchange succeeds, each continues alone with the rate that it has.
 *
 * Pure: times are arguments, in milliseconds. Where reports are exchanged is another package's
 * business.
 */

/** What a client tells the others. Plain data. */
export interface PaceReport {
  /** Requests per second that all of them are allowed together; undefined while it knows none. */
  readonly limit: number | undefined
  /** Requests per second that it sent lately. */
  readonly used: number
  /** Whether it would send more if the limit let it. */
  readonly isHeldBack: boolean
  /** How much longer a pause lasts that the gateway asked it for; 0 for none. */
  readonly pauseMs: number
}

/** The latest report of another client. */
export interface OtherPace extends PaceReport {
  /** The order in which clients joined; no two have the same number. */
  readonly number: number
  readonly ageMs: number
}

/** The present clients of a token. */
export interface PaceClients {
  /** This client's number. */
  readonly number: number
  readonly others: readonly OtherPace[]
}

/** Where the clients of one token meet. One object is one client. */
export interface PaceSharing {
  /**
   * Tells the others, and returns what they told last. Called about twice a second while requests are
   * sent. Clients that left or died are not among the others. When it fails or takes long, the client
   * goes on alone.
   */
  exchange(report: PaceReport): Promise<PaceClients>
  /** The client sends nothing for now, or is closed. */
  leave(): Promise<void>
}

/** How a limit is divided, as one client sees it. */
export interface Division {
  /** The clients with equal shares: this one, and those that use at least as much. */
  readonly equal: number
  /** Requests per second that the others use, which need less. */
  readonly lent: number
}

/** What follows from an exchange. */
export interface Share {
  readonly limit: number | undefined
  readonly division: Division
  /** Whether this client is the one that tries for more. */
  readonly leads: boolean
  readonly pauseMs: number
}

/** A client that needs less is left this much more than it used. */
const ROOM = 1.1

/** @param own what is true of this client now */
export function divide(own: PaceReport, { number, others }: PaceClients): Share {
  const informed = [{ ...own, number, ageMs: 0 }, ...others].filter(isInformed)
  const heldBack = informed.filter(({ isHeldBack }) => isHeldBack)
  // Without need, nobody learns of a limit that has changed.
  const believers = heldBack.length > 0 ? heldBack : informed
  const limit = meanOf(believers.map((client) => client.limit))
  const leader = Math.min(...believers.map((client) => client.number))
  return {
    limit,
    division: divisionOf(limit, others),
    leads: believers.length === 0 || leader === number,
    pauseMs: Math.max(0, ...others.map(({ pauseMs, ageMs }) => pauseMs - ageMs)),
  }
}

/** The share of a limit. */
export function shareOf(limit: number, { equal, lent }: Division): number {
  return (limit - lent) / equal
}

/** The limit that a share is part of. */
export function limitOf(share: number, { equal, lent }: Division): number {
  return share * equal + lent
}

function isInformed(client: OtherPace): client is OtherPace & { readonly limit: number } {
  return client.limit !== undefined
}

function meanOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Those that need least are given what they need, as long as that is less than an equal share. */
function divisionOf(limit: number | undefined, others: readonly OtherPace[]): Division {
  let equal = 1 + others.length
  let lent = 0
  if (limit === undefined) return { equal, lent }
  // What a client needs that knows no limit yet cannot be told from what it used so far.
  const needs = others
    .filter((other) => !other.isHeldBack && isInformed(other))
    .map(({ used }) => used * ROOM)
  for (const need of needs.sort((a, b) => a - b)) {
    if (need * equal >= limit - lent) break
    lent += need
    equal -= 1
  }
  return { equal, lent }
}
