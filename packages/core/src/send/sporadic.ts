/**
 * Whether refusals that say nothing of a pause are a rate limit's. What stands before a gateway may
 * refuse a few in a hundred at any pace; to slow down for these helps nobody. A limit refuses none
 * at half the pace, and chance refuses as many as before: that is the test.
 *
 * Pure: the time is passed in.
 */
export interface Sporadic {
  /** `fresh`: sent after the last reaction. */
  answered(refused: boolean, fresh: boolean, now: number): Verdict | undefined
  /** Whether a refusal is one of too many. */
  isSignificant(rate: number | undefined): boolean
  /** A refusal was put down to a limit. `inVain`: slowing down for the one before was no help. */
  reacted(inVain: boolean, now: number): void
  /** While the test lasts, half the pace. */
  readonly isTesting: boolean
}

export type Verdict = 'limit' | 'sporadic'

/** Answers that are remembered. */
const WINDOW = 100
const RUN = 3
const RUN_WHEN_SPORADIC = 5
/** Reactions in vain before the test. */
const VAIN = 2
const LEAST_SEEN = 150
const LONGEST_TEST_MS = 2000
/** At half the pace at least this part of the share before: it is chance. */
const SAME = 1 / 8
/** What is refused more often is so by a limit. */
const MOSTLY = 0.3
const TOLERANCE = 3
const FIRST_REST_MS = 15_000
const UNSURE_REST_MS = 1000

export function createSporadic(): Sporadic {
  /** Refusals among the latest answers, since the last reaction and at all. */
  let score = 0
  let share = 0
  let answers = 0
  let inRow = 0
  let vain = 0
  let tolerated = 0
  let restUntil = 0
  let restMs = FIRST_REST_MS
  let test: { share: number; since: number; answers: number; refusals: number } | undefined

  function verdictOf(now: number): Verdict | undefined {
    if (test === undefined) return undefined
    const { share: before, since, answers: seen, refusals } = test
    if (refusals < 3 && seen < LEAST_SEEN && now - since < LONGEST_TEST_MS) return undefined
    const part = refusals / seen
    test = undefined
    if (refusals > 0 && part >= before * SAME && part < MOSTLY) {
      tolerated = Math.min(MOSTLY, TOLERANCE * Math.max(part, before))
      return 'sporadic'
    }
    tolerated = 0
    const sure = seen >= LEAST_SEEN
    restUntil = now + (sure ? restMs : UNSURE_REST_MS)
    if (sure) restMs *= 2
    return 'limit'
  }

  return {
    get isTesting() {
      return test !== undefined
    },
    answered(refused, fresh, now) {
      answers += 1
      score = score * (1 - 1 / WINDOW) + Number(refused)
      share += (Number(refused) - share) / Math.min(answers, WINDOW)
      inRow = refused ? inRow + 1 : 0
      if (test === undefined || !fresh) return undefined
      test.answers += 1
      test.refusals += Number(refused)
      return verdictOf(now)
    },
    isSignificant(rate) {
      if (inRow >= (tolerated > 0 || test !== undefined ? RUN_WHEN_SPORADIC : RUN)) return true
      if (test !== undefined) return false
      const usual = tolerated * WINDOW
      const enough = rate === undefined ? answers / 5 : rate / 100
      return score >= Math.max(usual + 2 * Math.sqrt(usual), Math.min(5, Math.max(1.5, enough)))
    },
    reacted(inVain, now) {
      score = 0
      vain = inVain ? vain + 1 : 0
      if (vain < VAIN || now < restUntil || share > MOSTLY) return
      vain = 0
      test = { share, since: now, answers: 0, refusals: 0 }
    },
  }
}
