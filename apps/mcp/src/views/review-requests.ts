/** Reviews: what a view shows of them, and what its user decides. */
import type { ReviewOutcome, ReviewProof, ReviewRefusal } from '@chatlayer-tables/journal/reviews'
import type { WriteResult } from '@chatlayer-tables/views'
import { z } from 'zod'
import type { CallContext } from '../call/context.ts'
import { toToolError } from '../call/errors.ts'
import { ToolError } from '../result/tool-error.ts'
import { findReviewOf, openReview, reviewRowsPage } from '../review/review-page.ts'
import { TOOLS, type ToolName } from '../tools/registry.ts'
import { undoChanges } from '../tools/undo-changes/definition.ts'
import { defineRequest, type ViewRequest } from './view-request.ts'

const WRITERS: readonly ToolName[] = [
  'insert_records',
  'update_records',
  'upsert_records',
  'copy_records',
  'delete_records',
  'undo_changes',
  'import_file',
]

const Id = z.string().max(40)
const Note = z.string().max(500).optional()
const Index = z.int().min(0)

const changes = defineRequest({
  name: 'changes',
  tools: WRITERS,
  params: z.object({ review: Id }),
  answer: ({ review }, context) => openReview(review, context),
})

const changeRows = defineRequest({
  name: 'changeRows',
  tools: WRITERS,
  params: z.object({ review: Id, set: Index, offset: Index, limit: z.int().min(1) }),
  answer: async ({ review, ...page }, context) => ({
    result: await reviewRowsPage(review, page, context),
  }),
})

const approve = defineRequest({
  name: 'approve',
  tools: WRITERS,
  params: z.object({
    review: Id,
    digest: z.string().max(100),
    ticked: z.array(z.array(Index)).optional(),
    note: Note,
    nonce: z.string().max(100).optional(),
  }),
  async answer({ review: id, nonce, ...approval }, context) {
    await findReviewOf(id, context)
    const store = await context.reviews.open()
    const outcome = await store.approve(id, approval, proofOf(nonce, context))
    return { result: outcome.ok ? await execute(id, context) : refusal(id, outcome) }
  },
})

const decline = defineRequest({
  name: 'decline',
  tools: WRITERS,
  params: z.object({ review: Id, note: Note, nonce: z.string().max(100).optional() }),
  async answer({ review: id, nonce, note }, context) {
    await findReviewOf(id, context)
    const store = await context.reviews.open()
    const outcome = await store.decline(id, proofOf(nonce, context), note)
    const declined: WriteResult = { state: 'declined', message: 'Declined; nothing was written.' }
    return { result: outcome.ok ? declined : refusal(id, outcome) }
  },
})

const previewUndo = defineRequest({
  name: 'previewUndo',
  tools: ['undo_changes'],
  params: z.object({ changeSet: Id, records: z.array(z.string().max(200)).min(1).optional() }),
  async answer({ changeSet, records }, context) {
    const { run } = await undoChanges.load()
    const args = { change_set: changeSet, ...(records === undefined ? {} : { ids: records }) }
    const { review } = await run(args, { ...context, forReview: true })
    const { id } = z.looseObject({ id: z.string() }).parse(review)
    return { result: { review: id, state: 'pending' } }
  },
})

function proofOf(nonce: string | undefined, { reviews, request }: CallContext): ReviewProof {
  return { way: 'view', nonce: nonce ?? '', caller: reviews.callerOf(request) }
}

/** Executes an approved review by the call of its tool, under the limits of this caller. */
async function execute(id: string, context: CallContext): Promise<WriteResult> {
  const { command } = await findReviewOf(id, context)
  let reason = 'The write did not begin.'
  try {
    const { run } = await toolOf(command).load()
    await run({ confirm_token: id }, context)
  } catch (error) {
    reason = toToolError(error, context.signal).message
  }
  const { result, state } = await findReviewOf(id, context)
  if (result !== undefined) return result as unknown as WriteResult
  return {
    state,
    message: `Approved, but not written: ${reason} The assistant can execute it by calling its tool again.`,
  }
}

function toolOf(command: string) {
  const tool = TOOLS.find(({ name }) => name === command)
  if (tool === undefined) throw new ToolError('NOT_ALLOWED', `Unknown tool ${command}.`)
  return tool
}

const REFUSALS: Readonly<Record<ReviewRefusal, string>> = {
  missing: 'There is no review of this id.',
  decided: 'This review was decided before.',
  expired: 'This review has expired.',
  nonce: 'This page was opened too long ago, or the review was opened elsewhere since.',
  digest: 'The changes are not those that this page shows.',
  ticks: 'These are not rows of this review, or it cannot be approved in part.',
}

/** A view can open a pending review again, and decide then. */
function refusal(id: string, outcome: ReviewOutcome & { readonly ok: false }): WriteResult {
  const { reason, review } = outcome
  const state = review?.state ?? 'expired'
  const next =
    state === 'pending'
      ? ` Load the changes again, then decide; or run "clt review ${id}" in a terminal.`
      : ''
  return { state, message: `Nothing was written. ${REFUSALS[reason]}${next}`, isOutdated: true }
}

export const reviewRequests: readonly ViewRequest[] = [
  changes,
  changeRows,
  approve,
  decline,
  previewUndo,
]
