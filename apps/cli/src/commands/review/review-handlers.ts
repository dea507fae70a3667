/** A review in the browser: its changes with ticks, and the decision of the person there. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReviewOutcome, Reviews, StoredReview } from '@chatlayer-tables/journal/reviews'
import type { ProgressPage, WriteResult } from '@chatlayer-tables/views'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import type { Handlers } from '../../pages/page-server.ts'
import { runPage } from '../../pages/run-page.ts'
import { decisionText, type OpenReview, refusalText } from './decide-review.ts'
import { factsOf, rowOf } from './stored-facts.ts'

/** Time between two looks at the store, and until a request is answered without news. */
const POLL_MS = 500
const WAIT_MS = 10_000
/** Time for the last answer to arrive before the page ends. */
const END_MS = 1_000

/**
 * Ends when the review is executed, declined or over, or by Ctrl-C.
 *
 * @throws UsageError if nothing was decided
 */
export async function decideInBrowser(
  { reviews, review }: OpenReview,
  context: Context,
): Promise<ExitCode> {
  const end = new AbortController()
  const handlers = reviewHandlers(
    reviews,
    review.id,
    (decided) => {
      void context.messages.say(decisionText(decided))
      if (decided.state === 'declined') setTimeout(() => end.abort(), END_MS)
    },
    () => setTimeout(() => end.abort(), END_MS),
  )
  const stop = AbortSignal.any([context.stop, end.signal])
  await runPage({ ...context, stop }, { page: 'changes', handlers, browser: true })
  const { state = 'expired' } = (await reviews.find(review.id)) ?? {}
  if (state === 'pending' || state === 'expired') {
    throw new UsageError('not decided; nothing was changed')
  }
  return EXIT.ok
}

/**
 * @param onDecided called with the review once it is decided here
 * @param onEnd called once the page has the result of the execution
 */
function reviewHandlers(
  reviews: Reviews,
  id: string,
  onDecided: (review: StoredReview) => void,
  onEnd: () => void,
): Handlers {
  const check = (wanted: string | undefined): void => {
    if (wanted === undefined || wanted === id) return
    throw new UsageError(`this page shows only review ${id}`)
  }
  const result = (outcome: ReviewOutcome): WriteResult => {
    if (!outcome.ok) {
      const state = outcome.review?.state ?? 'expired'
      return { state, message: refusalText(outcome.reason, outcome.review) }
    }
    onDecided(outcome.review)
    return { state: outcome.review.state, message: decisionText(outcome.review) }
  }
  return {
    async changes({ review }) {
      check(review)
      return factsOf(await find(reviews, id))
    },
    async changeRows({ review, set, offset, limit }) {
      check(review)
      const rows = await reviews.rows(id, { set, offset, limit })
      return { rows: rows.map(rowOf) }
    },
    async approve({ review, digest, ticked, note }) {
      check(review)
      return result(await reviews.approve(id, { digest, ticked, note }, { way: 'browser' }))
    },
    async decline({ review, note }) {
      check(review)
      return result(await reviews.decline(id, { way: 'browser' }, note))
    },
    async progress({ review }, signal) {
      check(review)
      const page = await waitForExecution(reviews, id, signal)
      if (page.result !== undefined) onEnd()
      return page
    },
  }
}

async function find(reviews: Reviews, id: string): Promise<StoredReview> {
  const review = await reviews.find(id)
  if (review === undefined) throw new UsageError(`there is no review ${id} any more`)
  return review
}

async function waitForExecution(
  reviews: Reviews,
  id: string,
  signal: AbortSignal,
): Promise<ProgressPage> {
  for (let waited = 0; ; waited += POLL_MS) {
    const review = await find(reviews, id)
    const { state, result, isClaimed } = review
    if (state === 'done')
      return { done: 1, total: 1, message: 'Executed.', result: asResult(result) }
    if (state !== 'approved' && state !== 'pending') {
      const message = refusalText(state === 'expired' ? 'expired' : 'decided', review)
      return { done: 0, message, result: { state, message } }
    }
    if (waited >= WAIT_MS) {
      const message = isClaimed
        ? 'The assistant is writing.'
        : `Waiting until the assistant calls its tool again with confirm_token "${id}".`
      return { done: 0, message }
    }
    await sleep(POLL_MS, undefined, { signal })
  }
}

function asResult(result: StoredReview['result']): WriteResult {
  const known = result as unknown as WriteResult | undefined
  return known ?? { state: 'done', message: 'The assistant has executed it.' }
}
