/**
 * Whether refusals without `Retry-After` come from a rate limit or are sporadic. A proxy before the
 * gateway may refuse a few in a hundred at any pace, and slowing down does not help then. The test
 * is half the pace: a limit refuses nothing there, sporadic refusals stay as many as before.
 *
 * Pure: times are arguments.
 */
export interface Sporadic {
  /** @param fresh whether the request was sent after the last reaction */
  answered(refused: boolean, fresh: boolean, now: number): Verdict | undefined
  /** Whether a refusal is one of too many. */
  isSignificant(rate: number | undefined): boolean
  /**
   * A refusal was attributed to a limit.
   *
   * @param inVain whether slowing down for the previous one did not help
   */
  reacted(inVain: boolean, now: number): void
  /** The pace is halved while this is true. */
  readonly isTesting: boolean
}

export type Verdict = 'limit' | 'sporadic'

/** The number of latest responses that count. */
const WINDOW = 100
/** This many refusals in a row come from a limit: with 1% sporadic ones, three are one in a million. */
const RUN = 3
const RUN_WHEN_SPORADIC = 5
/** The test begins after this many reactions in vain. */
const VAIN = 2
/** The test ends after either. */
const MIN_SEEN = 150
const MAX_TEST_MS = 2000
/** With at least this part of the previous share at half the pace, refusals are sporadic. */
const SAME = 1 / 8
/** A larger share always comes from a limit. */
const MOSTLY = 0.3
/** Sporadic refusals of up to this multiple are tolerated from then on. */
const TOLERANCE = 3
/** After a limit was found, the next test waits this long; twice as long each time. */
const FIRST_REST_MS = 15_000
const UNSURE_REST_MS = 1000

export function createSporadic(): Sporadic {
  /** Refusals among the latest responses since the last reaction, and their share without it. */
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
    if (refusals < 3 && seen < MIN_SEEN && now - since < MAX_TEST_MS) return undefined
    const part = refusals / seen
    test = undefined
    if (refusals > 0 && part >= before * SAME && part < MOSTLY) {
      tolerated = Math.min(MOSTLY, TOLERANCE * Math.max(part, before))
      return 'sporadic'
    }
    tolerated = 0
    const sure = seen >= MIN_SEEN
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
