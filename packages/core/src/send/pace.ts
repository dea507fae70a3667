/**
 * The pace: how many requests a second a rate limit lets through, found out from its refusals.
 *
 * A number of requests in flight cannot express 300 a second at 2 ms each, so once a 429 was seen,
 * requests are also spaced in time. The right spacing is searched between a rate that was kept
 * without refusal (`floor`) and one that was refused (`ceiling`):
 *
 * - the first refusal: the floor is what the last second let through
 * - no ceiling known: go up in growing steps until refused
 * - floor and ceiling known: try the middle, until they lie within 5% of each other
 * - then stay on the floor, and look above it only once in a while: so seldom that the pauses which
 *   the refusals bring take some 3% of the time
 * - refused on the floor itself: the limit has fallen (or the floor was never right): step down, in
 *   growing steps, but not below a tenth of what was once kept while few requests are refused and none
 *   of them says when to come back: what refuses one in twenty at any pace is no rate limit
 *
 * Pure: the time is passed in, in milliseconds of any clock that only goes forward.
 */
export interface Pace {
  /** Requests per second; undefined until a refusal, if no limit was set by hand. */
  readonly rate: number | undefined
  /** When the next request may leave: now, if it lies in the past. */
  readyAt(): number
  /** A request leaves. */
  take(now: number): void
  /** A request was answered, and not with a refusal. */
  accepted(now: number): void
  /**
   * A refusal that tells something new: of a request sent since the last pause. `told`: it said when
   * to come back, so it is a rate limit's for certain.
   */
  refused(now: number, told: boolean): void
  /** The pause that followed is over. */
  resume(now: number, pausedMs: number): void
  /** Half the pace for now, or the whole again. */
  halve(now: number, half: boolean): void
  /** What the refusals taught was wrong: as at the start. */
  forget(): void
}

type Search =
  /** Up, until refused. */
  | 'climb'
  /** Between floor and ceiling. */
  | 'narrow'
  /** On the floor, for a while. */
  | 'settled'

/** Floor and ceiling this close together are close enough. */
const CLOSE = 1.05
/** A step is proof of its rate after this; two whole windows of a second, for fine steps. */
const PROOF_MS = 2100
/** Coarse steps need less: far above the limit, one window tells. */
const COARSE_PROOF_MS = 1100
const COARSE_STEP = 0.25
/** And only if this share of the pace was really used. */
const USED = 0.9
/** The first steps up: after a first guess, and from a floor that was kept for long. */
const FIRST_STEP = 0.06
const CAREFUL_STEP = 0.02
const LARGEST_CAREFUL_STEP = 0.18
const STEP_GROWTH = 3
const LARGEST_STEP = 2
/** How far below a refused floor the next one lies; three times as far for every refusal in a row. */
const FIRST_FALL = 0.06
const LARGEST_FALL = 0.5
/** After a pause of 1 s, the next look above the floor comes 30 s later. */
const PAUSE_SHARE = 30
const SHORTEST_HOLD_MS = 5_000
const LONGEST_HOLD_MS = 300_000
/** Behind schedule, for a late timer, by at most this: what is caught up is a burst to the gateway. */
const CATCH_UP_MS = 20
const SLOWEST = 0.1
/** The first guess leaves room for the edge of the window. */
const FIRST_GUESS = 0.97
/** Fewer than these in the last second are taken for a start, not for a whole second's worth. */
const WHOLE_SECOND = 50
const SHORTEST_START_MS = 100
export function createPace(perSecond?: number): Pace {
  const highest = perSecond ?? Number.POSITIVE_INFINITY
  const recent = createTrailingCount()
  let rate: number | undefined = perSecond
  let part = 1
  /** What the pace was when its refusals turned out to be chance. */
  let safe = 0
  let search: Search = perSecond === undefined ? 'climb' : 'settled'
  let floor = perSecond ?? 0
  /** The floor before the latest step up. */
  let lowerFloor = 0
  let ceiling = Number.POSITIVE_INFINITY
  let step = FIRST_STEP
  let falls = 0
  let nextAt = Number.NEGATIVE_INFINITY
  /** Of the rate that is being tried. */
  let triedSince = Number.NEGATIVE_INFINITY
  let triedCount = 0
  let holdUntil = Number.NEGATIVE_INFINITY

  function tryRate(next: number, now: number): void {
    rate = Math.min(highest, Math.max(SLOWEST, next))
    triedSince = now
    triedCount = 0
  }

  function narrow(now: number): void {
    search = ceiling / floor <= CLOSE ? 'settled' : 'narrow'
    tryRate(search === 'settled' ? floor : Math.sqrt(floor * ceiling), now)
  }

  function climb(now: number): void {
    search = 'climb'
    tryRate(floor * (1 + step), now)
    step = Math.min(LARGEST_STEP, step * STEP_GROWTH)
  }

  /** The rate that was tried held: it is the floor now. */
  function proven(now: number, kept: number): void {
    falls = 0
    lowerFloor = floor
    floor = kept
    if (search === 'narrow') narrow(now)
    else if (search === 'climb') climb(now)
    else if (now < holdUntil || kept >= highest) tryRate(floor, now)
    else {
      step = CAREFUL_STEP
      lowerFloor = floor
      climb(now)
    }
  }

  return {
    get rate() {
      return rate
    },
    readyAt: () => nextAt,
    take(now) {
      if (rate === undefined) return
      nextAt = Math.max(nextAt, now - CATCH_UP_MS) + 1000 / (rate * part)
      triedCount += 1
      const tried = now - triedSince
      const proof = rate > floor * (1 + COARSE_STEP) ? COARSE_PROOF_MS : PROOF_MS
      if (tried < proof) return
      if (triedCount >= (USED * rate * tried) / 1000) proven(now, rate)
      else tryRate(rate, now)
    },
    accepted(now) {
      recent.add(now)
    },
    refused(now, hasTold) {
      if (rate === undefined) {
        floor = Math.max(hasTold ? 1 : 20, safe, recent.perSecond(now) * FIRST_GUESS)
        lowerFloor = floor
        tryRate(floor, now)
        return
      }
      ceiling = rate
      if (rate <= floor) {
        floor = rate * (1 - Math.min(LARGEST_FALL, FIRST_FALL * 3 ** falls))
        falls += 1
        search = 'narrow'
        tryRate(floor, now)
      } else if (search === 'climb' && step <= LARGEST_CAREFUL_STEP) {
        // So close above, a step may have passed only because a bucket was not yet empty.
        floor = (lowerFloor + floor) / 2
        search = 'settled'
        tryRate(floor, now)
      } else narrow(now)
    },
    halve(now, half) {
      part = half ? 0.5 : 1
      triedSince = now
      triedCount = 0
    },
    forget() {
      safe = Math.max(safe, rate ?? 0)
      rate = perSecond
      part = 1
      floor = perSecond ?? 0
      falls = 0
      ceiling = Number.POSITIVE_INFINITY
      step = FIRST_STEP
      search = perSecond === undefined ? 'climb' : 'settled'
    },
    resume(now, pausedMs) {
      nextAt = now
      triedSince = now
      triedCount = 0
      holdUntil =
        now + Math.min(LONGEST_HOLD_MS, Math.max(SHORTEST_HOLD_MS, pausedMs * PAUSE_SHARE))
    },
  }
}

const SLOT_MS = 100
const SLOTS = 10

/** How many in the last second, in slots of 100 ms. */
function createTrailingCount(): { add(now: number): void; perSecond(now: number): number } {
  const slots = new Array<number>(SLOTS).fill(0)
  let last = Number.NEGATIVE_INFINITY
  let first: number | undefined

  function advance(now: number): void {
    const slot = Math.floor(now / SLOT_MS)
    for (let passed = Math.max(last + 1, slot - SLOTS + 1); passed <= slot; passed++) {
      slots[passed % SLOTS] = 0
    }
    last = Math.max(last, slot)
  }

  return {
    add(now) {
      first ??= now
      advance(now)
      const at = last % SLOTS
      slots[at] = (slots[at] ?? 0) + 1
    },
    perSecond(now) {
      advance(now)
      const count = slots.reduce((sum, slot) => sum + slot, 0)
      const lasted = Math.max(SHORTEST_START_MS, now - (first ?? now))
      return count >= WHOLE_SECOND || lasted >= 1000 ? count : (count * 1000) / lasted
    },
  }
}
