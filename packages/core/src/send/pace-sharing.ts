/**
 * How the clients of one token divide its rate limit. Each has its own pace (pace.ts) and reports to
 * the others about twice a second; all of them keep one number together: the agreed limit.
 *
 * 1. Clients that are held back get equal shares. One that needs less keeps what it uses, and the
 *    others divide the rest: nothing lies idle, and no share is below an equal one.
 * 2. The limit is agreed on, not the shares. A client that joins takes it over and counts itself in;
 *    one that left or died is no longer counted, and the others have its share.
 * 3. The agreed limit is the moving average of what the clients measure, over as many measurements as
 *    there are clients. Together they measure as one client would, whichever of them is refused.
 * 4. One leads: of those that are held back, the one that joined first. It alone tries for more, and
 *    the agreed limit grows by all of that, so each attempt is made once.
 * 5. Of clients that began together, the first rate says little until all have measured theirs. Then
 *    their sum is the first agreed limit.
 * 6. A long pause that one was asked for is kept by all.
 * 7. While no exchange succeeds, each continues alone with the rate that it has.
 *
 * Pure: times are arguments, in milliseconds. Where reports are exchanged is another package's
 * business.
 */

/** A change of the agreed limit A, which becomes A × times + plus. */
export interface PaceMove {
  readonly times: number
  readonly plus: number
  /** What it becomes where there is none yet; undefined to leave that open. */
  readonly first: number | undefined
  /** Whether there is none any more: the refusals had nothing to do with a limit. */
  readonly forget: boolean
}

/** What a client tells the others. Plain data. */
export interface PaceReport {
  /** 1 for its first report, 2 for the next: none is counted twice. */
  readonly serial: number
  /** How the agreed limit changes. */
  readonly move: PaceMove
  /** Requests per second that all are allowed together, as this client sees it. */
  readonly limit: number | undefined
  /** Requests per second that it sent lately. */
  readonly used: number
  /** Whether it would send more if the limit let it. */
  readonly isHeldBack: boolean
  /** How much longer a pause lasts that the gateway asked it for; 0 for none. */
  readonly pauseMs: number
}

/** The latest report of another client. */
export interface OtherPace extends Pick<PaceReport, 'limit' | 'used' | 'isHeldBack' | 'pauseMs'> {
  /** The order in which clients joined; no two have the same number. */
  readonly number: number
  readonly ageMs: number
}

/** The present clients of a token. */
export interface PaceClients {
  /** This client's number. */
  readonly number: number
  /** Requests per second; undefined while nothing is agreed. */
  readonly agreed: number | undefined
  readonly others: readonly OtherPace[]
}

/** Where the clients of one token meet. One object is one client. */
export interface PaceSharing {
  /**
   * Changes the agreed limit, tells the others, and returns what they told last. Called about twice a
   * second while requests are sent. Clients that left or died are not among the others. When it fails
   * or takes long, the client continues alone.
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

/** A client that needs less is left this much more than it used. */
const ROOM = 1.1

/** Those that need least are given what they need, as long as that is less than an equal share. */
export function divide(limit: number | undefined, others: readonly OtherPace[]): Division {
  let equal = 1 + others.length
  let lent = 0
  if (limit === undefined) return { equal, lent }
  // What a client needs that knows no limit yet cannot be told from what it used so far.
  const needs = others
    .filter((other) => !other.isHeldBack && other.limit !== undefined)
    .map(({ used }) => used * ROOM)
  for (const need of needs.sort((a, b) => a - b)) {
    if (need * equal >= limit - lent) break
    lent += need
    equal -= 1
  }
  return { equal, lent }
}

/** The share of a limit. */
export function shareOf(limit: number, { equal, lent }: Division): number {
  return (limit - lent) / equal
}

/** The limit that a share is part of. */
export function limitOf(share: number, { equal, lent }: Division): number {
  return share * equal + lent
}

/** Whether this client is the one that tries for more. */
export function leads(isHeldBack: boolean, { number, others }: PaceClients): boolean {
  const inNeed = others.filter((other) => other.isHeldBack)
  if (inNeed.length === 0) return true
  return isHeldBack && inNeed.every((other) => number < other.number)
}

export const NO_MOVE: PaceMove = { times: 1, plus: 0, first: undefined, forget: false }

/**
 * What a client's own pace makes of the agreed limit: it becomes what the client tried, and the moving
 * average of what the clients that are held back measure, over as many measurements as there are clients.
 *
 * @param own the limit by its own pace, where that is known
 * @param clients as of the last exchange, by which the pace was set
 */
export function moveOf(own: number | undefined, { agreed, others }: PaceClients): PaceMove {
  if (agreed === undefined || own === undefined || own === agreed) return NO_MOVE
  if (own > agreed) return { ...NO_MOVE, times: own / agreed }
  const count = 1 + others.filter(({ isHeldBack }) => isHeldBack).length
  const weight = 2 / (count + 1)
  return { ...NO_MOVE, times: 1 - weight, plus: weight * own }
}

/** The agreed limit after a change; undefined for none. */
export function moved(agreed: number | undefined, move: PaceMove): number | undefined {
  if (move.forget) return undefined
  return agreed === undefined ? move.first : agreed * move.times + move.plus
}

/**
 * The limit to agree on first: the mean of what all see. Undefined while some have not measured theirs.
 *
 * @param isSettled whether this client has waited for them long enough
 */
export function firstLimit(
  own: number | undefined,
  others: readonly OtherPace[],
  isSettled: boolean,
): number | undefined {
  const limits = [own, ...others.map(({ limit }) => limit)]
  const known = limits.filter((limit) => limit !== undefined)
  if (own === undefined || (known.length < limits.length && !isSettled)) return undefined
  return known.reduce((sum, limit) => sum + limit, 0) / known.length
}

/** How long a pause of the others still lasts; 0 for none. */
export function pauseOf(others: readonly OtherPace[]): number {
  return Math.max(0, ...others.map(({ pauseMs, ageMs }) => pauseMs - ageMs))
}
