/** Shows a review of an assistant's write, and stores the decision of the person at the terminal. */
import type {
  ReviewOutcome,
  ReviewRefusal,
  Reviews,
  StoredReview,
} from '@chatlayer-tables/journal/reviews'
import type { Context } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-codes.ts'
import { UsageError } from '../../failures.ts'
import { askChoice, canAsk } from '../../prompts.ts'
import type { Options } from './definition.ts'
import { byOf, summaryOf } from './list-reviews.ts'
import { decideInBrowser } from './review-handlers.ts'
import { showReview } from './show-review.ts'
import { rowOf } from './stored-facts.ts'

export interface OpenReview {
  readonly reviews: Reviews
  readonly review: StoredReview
}

export async function decideReview(
  { reviews, review }: OpenReview,
  options: Options,
  context: Context,
): Promise<ExitCode> {
  if (context.json) {
    await writeJson({ reviews, review }, context)
    return EXIT.ok
  }
  if (review.state !== 'pending') throw new UsageError(`nothing to decide: ${stateText(review)}`)
  checkTerminal(context)
  if (options.browser) return await decideInBrowser({ reviews, review }, context)
  await showReview({ reviews, review }, options.limit, context)
  const question = `Review ${review.id} by ${byOf(review)}`
  switch (await askChoice(context, question, CHOICES, 'later')) {
    case 'approve':
      return await decide(context, () =>
        reviews.approve(
          review.id,
          { digest: review.digest, note: options.note },
          { way: 'terminal' },
        ),
      )
    case 'decline':
      return await decide(context, () =>
        reviews.decline(review.id, { way: 'terminal' }, options.note),
      )
    case 'browser':
      return await decideInBrowser({ reviews, review }, context)
    case 'later':
      throw new UsageError('not decided; nothing was changed')
  }
}

const CHOICES = [
  { value: 'later', label: 'Decide later' },
  { value: 'approve', label: 'Approve all of it' },
  { value: 'decline', label: 'Decline' },
  { value: 'browser', label: 'Open in the browser', hint: 'all values; approve a part' },
] as const

/** @throws UsageError if no person can decide here */
export function checkTerminal(context: Context): void {
  if (canAsk(context)) return
  throw new UsageError(
    'a person must decide, but there is no terminal',
    'Run it in a terminal. With --json it shows the changes and asks nothing.',
  )
}

async function decide(
  { messages }: Context,
  store: () => Promise<ReviewOutcome>,
): Promise<ExitCode> {
  const outcome = await store()
  if (!outcome.ok) throw new UsageError(refusalText(outcome.reason, outcome.review))
  await messages.say(decisionText(outcome.review))
  return EXIT.ok
}

/** What follows from a decision. */
export function decisionText({ id, state, expiresAt }: StoredReview): string {
  if (state === 'declined') return `Declined review ${id}. Nothing was written.`
  return `Approved review ${id}. Nothing is written until the assistant calls its tool again with confirm_token "${id}", before ${expiresAt}. Ask the assistant to continue.`
}

/** Why a decision was not stored. */
export function refusalText(reason: ReviewRefusal, review: StoredReview | undefined): string {
  switch (reason) {
    case 'digest':
      return 'The review has other rows than those that were shown.'
    case 'ticks':
      return 'These rows cannot be approved apart from the others.'
    case 'expired':
      return 'The review has expired. Ask the assistant for a new one.'
    case 'missing':
    case 'nonce':
      return 'There is no such review any more.'
    case 'decided':
      return review === undefined ? 'It was decided before.' : stateText(review)
  }
}

function stateText({ id, state, decision }: StoredReview): string {
  const at = decision === undefined ? '' : ` at ${decision.at}`
  switch (state) {
    case 'pending':
      return `review ${id} waits for a decision`
    case 'approved':
      return `review ${id} was approved${at}`
    case 'done':
      return `review ${id} was approved${at} and executed`
    case 'declined':
      return `review ${id} was declined${at}`
    case 'expired':
      return `review ${id} has expired`
  }
}

/** Rows read at once. */
const PAGE = 1_000

async function writeJson({ reviews, review }: OpenReview, { out }: Context): Promise<void> {
  const { facts } = review
  const head = JSON.stringify({ ...summaryOf(review), facts })
  await out.write(`${head.slice(0, -1)},"rows":[`)
  for (const [set, count] of review.rowCounts.entries()) {
    await out.write(set === 0 ? '[' : ',[')
    for (let offset = 0; offset < count; offset += PAGE) {
      const rows = await reviews.rows(review.id, { set, offset, limit: PAGE })
      const text = rows.map((row) => JSON.stringify(rowOf(row))).join(',')
      await out.write(offset === 0 ? text : `,${text}`)
    }
    await out.write(']')
  }
  await out.write(']}\n')
}
