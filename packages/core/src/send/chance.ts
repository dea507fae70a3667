/**
 * Whether a 429 that does not say when to come back belongs to a rate limit. Some gateways, and what
 * stands before them, refuse a few requests in a hundred at any pace; to slow down for these helps
 * nobody. A limit's refusals are told from these by what they depend on:
 *
 * - few of the latest answers are refusals, and no three in a row: chance
 * - more: the gate pauses. If most of what was under way is refused too, it is a limit; otherwise
 *   there is a test: half the pace for a while. A limit that refuses some refuses none at half the
 *   pace. Chance stays what it is; then so many are put down to it from there on.
 *
 * Pure: the time is passed in, in milliseconds.
 */
export interface Chance {
  /** An answer that is no refusal; tells the verdict of the test that it ends. */
  accepted(now: number): Cause | undefined
  /** What a refusal is put down to. */
  refused(now: number): Cause
  /** A refusal of a request that was under way when the gate paused, or of the one after the pause. */
  alsoRefused(now: number): void
  /** It is a limit, for certain. */
  certain(now: number): void
  /** The pause is over. Begins the test if there is reason for one, and answers whether it did. */
  test(now: number): boolean
}

export type Cause = 'chance' | 'limit'

/** Answers that are remembered: so many, and all of so long. */
const WINDOW = 100
const WINDOW_MS = 250
/** The share of refusals that is put down to chance without a test, and the most after one. */
const RARE = 0.03
const MOST_TOLERATED = 0.25
/** After a test: what it saw may come so many times as often, and for a while by so much more. */
const TOLERANCE = 3
const DEVIATIONS = 2
/** Refusals in a row that are no chance any more; after a test found many, more. */
const RUN = 3
const RUN_AFTER_TEST = 5
/** What is refused more often than this is so by a limit. */
const MOSTLY = 0.3

/** A test has seen enough with so many refusals, or answers that should have brought as many. */
const MANY = 3
const LEAST_SEEN = 150
const SHORTEST_TEST_MS = 500
const LONGEST_TEST_MS = 2_000
/** Refusals are those of before the test when they make at least this part of their share then. */
const SAME = 1 / 8
/** How long a limit stays certain. */
const CERTAIN_MS = 60_000
/** After a test that found a limit no other is made for a while, longer each time. */
const FIRST_REST_MS = 15_000
const LONGEST_REST_MS = 480_000
const REST_IN_DOUBT_MS = 1_000

interface Test {
  readonly since: number
  /** What part was refused before it. */
  readonly share: number
  answers: number
  refusals: number
}

export function createChance(): Chance {
  const share = createShare()
  /** Answers since the refusal that was put down to a limit, and refusals among them. */
  let underWay = 0
  let refusedUnderWay = 0
  let inRow = 0
  let tolerated = RARE
  let slack = 0
  let certainUntil = Number.NEGATIVE_INFINITY
  let restUntil = Number.NEGATIVE_INFINITY
  let restMs = FIRST_REST_MS
  let test: Test | undefined

  function add(refused: boolean, now: number): void {
    share.add(refused, now)
    inRow = refused ? inRow + 1 : 0
    underWay += 1
    refusedUnderWay += Number(refused)
  }

  /** The verdict of a test that has seen enough. */
  function verdictOf({ since, share: before, answers: seen, refusals }: Test, now: number) {
    const lasted = now - since
    const enough = refusals >= MANY || seen >= Math.max(LEAST_SEEN, MANY / before)
    if (lasted < SHORTEST_TEST_MS || (!enough && lasted < LONGEST_TEST_MS)) return undefined
    const part = refusals / seen
    if (refusals === 0 || part < before * SAME) return decide('limit', now, enough)
    tolerated = Math.min(MOST_TOLERATED, Math.max(RARE, TOLERANCE * part))
    slack = DEVIATIONS
    return decide('chance', now)
  }

  function decide(cause: Cause, now: number, sure = true): Cause {
    test = undefined
    share.forget()
    if (cause === 'limit') {
      tolerated = RARE
      slack = 0
      restUntil = now + (sure ? restMs : REST_IN_DOUBT_MS)
      if (sure) restMs = Math.min(LONGEST_REST_MS, 2 * restMs)
    }
    return cause
  }

  return {
    accepted(now) {
      add(false, now)
      if (test === undefined) return undefined
      test.answers += 1
      return verdictOf(test, now)
    },
    refused(now) {
      add(true, now)
      if (test !== undefined) {
        test.answers += 1
        test.refusals += 1
        const mostly = test.refusals >= 2 * MANY && test.refusals > test.answers * MOSTLY
        return mostly ? decide('limit', now, test.answers >= 50) : 'chance'
      }
      const most = tolerated + slack * Math.sqrt(tolerated * share.ofOne)
      const rare = share.refused <= Math.max(most, share.ofOne)
      if (rare && inRow < (slack > 0 ? RUN_AFTER_TEST : RUN)) return 'chance'
      underWay = 0
      refusedUnderWay = 0
      return 'limit'
    },
    alsoRefused(now) {
      add(true, now)
    },
    certain(now) {
      certainUntil = now + CERTAIN_MS
      test = undefined
      share.forget()
    },
    test(now) {
      const before = share.refused
      share.forget()
      if (before > MOSTLY || (refusedUnderWay > 2 && refusedUnderWay > underWay / 2)) {
        certainUntil = now + CERTAIN_MS
      }
      if (now < certainUntil || now < restUntil) return false
      test = { answers: 0, refusals: 0, share: before, since: now }
      return true
    },
  }
}

/** What part of the latest answers were refusals; the older, the less an answer counts. */
function createShare() {
  let answers = 0
  let refused = 0
  let perMs = 0
  let last = 0
  const size = () => Math.min(answers, Math.max(WINDOW, perMs * WINDOW_MS))
  return {
    add(isRefused: boolean, now: number) {
      answers += 1
      refused += (Number(isRefused) - refused) / size()
      if (now - last > 5) {
        perMs *= Math.exp((last - now) / WINDOW_MS)
        last = now
      }
      perMs += 1 / WINDOW_MS
    },
    forget() {
      answers = 0
      refused = 0
    },
    get refused() {
      return refused
    },
    /** The part that one refusal makes. */
    get ofOne() {
      return 1.01 / size()
    },
  }
}
