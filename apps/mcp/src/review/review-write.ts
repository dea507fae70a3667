/** Writes that wait for a review, or that a review has approved. */
import { createHash } from 'node:crypto'
import { canonicalJson, type PreviewedChange } from '@chatlayer-tables/core'
import {
  digestOfRows,
  ReviewTooLargeError,
  type StoredReview,
} from '@chatlayer-tables/journal/reviews'
import type { ChangesFacts } from '@chatlayer-tables/views'
import type { CallContext } from '../call/context.ts'
import type { PlannedWrite } from '../confirm/planned-write.ts'
import { counted, joinSentences } from '../result/sentences.ts'
import { ToolError } from '../result/tool-error.ts'
import { totalsOf, type WritePlan } from '../write/write-plan.ts'
import { failureOf, OUTDATED, writeResultOf } from './outcome.ts'
import { isReviewId } from './review-id.ts'
import { digestsOf, reviewRows, writtenChanges } from './review-rows.ts'
import {
  approvalText,
  approvedReview,
  closedReview,
  outdatedReview,
  unknownReview,
} from './review-texts.ts'

export interface ReviewedWrite<Plan extends WritePlan> {
  readonly planned: PlannedWrite
  readonly plan: Plan
  /** The plan for some of the changes; undefined if the write has no parts. */
  readonly narrow: ((kept: readonly PreviewedChange[]) => Plan | Promise<Plan>) | undefined
  readonly token: string | undefined
  readonly note: string | undefined
  /** A sentence on other writes of the caller. */
  readonly recent: string | undefined
}

/** The review that the caller waits for, or the plan that was approved. */
export type ReviewStep<Plan> =
  | { readonly kind: 'wait'; readonly review: StoredReview; readonly isNew: boolean }
  | { readonly kind: 'go'; readonly review: StoredReview; readonly plan: Plan }

/**
 * Finds the review of a write, or creates it. An approved one is claimed: no other call executes it.
 *
 * @throws ToolError if the user has declined, the review is over, or none can be stored
 */
export async function reviewStep<Plan extends WritePlan>(
  context: CallContext,
  write: ReviewedWrite<Plan>,
): Promise<ReviewStep<Plan>> {
  const digests = await digestsOf(write.plan.changes)
  const found = await findReview(context, write, digests)
  if (found === undefined)
    return { kind: 'wait', review: await create(context, write), isNew: true }
  if (found.state === 'pending') return { kind: 'wait', review: found, isNew: false }
  if (found.state === 'approved' && context.once?.continues !== undefined) {
    // The rest of an interrupted call has other rows than those that were approved.
    throw approvedReview(found.id)
  }
  const store = await context.reviews.open()
  const claimed = found.state === 'approved' ? await store.claim(found.id) : undefined
  if (claimed === undefined) throw closedReview((await store.find(found.id)) ?? found)
  const plan = await approvedPlan(claimed, write, digests, context)
  if (plan !== undefined) return { kind: 'go', review: claimed, plan }
  await store.complete(claimed.id, { ...OUTDATED })
  throw outdatedReview()
}

/** Executes what a review has approved, and keeps the outcome in it. */
export async function executeReviewed<Written extends Readonly<Record<string, unknown>>>(
  { reviews, journal }: CallContext,
  { id, decision, rowCounts }: StoredReview,
  work: () => Promise<Written>,
): Promise<Written> {
  const store = await reviews.open()
  const text = decision === undefined ? 'approved' : approvalText(decision)
  try {
    const written = await journal.withApproval(text, work)
    await store.complete(id, { ...writeResultOf(written) })
    const { ticked, note } = decision ?? {}
    const all = rowCounts.reduce((sum, count) => sum + count, 0)
    const notice = joinSentences(
      ticked && `The user approved ${ticked.flat().length} of ${counted(all, 'change')}.`,
      note === undefined || note === '' ? undefined : `Their note: ${JSON.stringify(note)}.`,
      typeof written.notice === 'string' ? written.notice : undefined,
    )
    return { ...written, notice }
  } catch (error) {
    await store.complete(id, { ...failureOf(error) })
    throw error
  }
}

/** How long a decline holds for a call that is repeated without the review's id. */
const DECLINED_MS = 600_000

async function findReview<Plan extends WritePlan>(
  { reviews, request, state, forReview = false }: CallContext,
  { planned, token }: ReviewedWrite<Plan>,
  digests: readonly string[],
): Promise<StoredReview | undefined> {
  const { tool: command, call } = planned
  if (isReviewId(token)) {
    const found = await reviews.find(token, request)
    if (found?.command !== command) throw unknownReview()
    return found
  }
  const found = await reviews.findEqual({ command, call }, request)
  if (found === undefined || found.isClaimed) return undefined
  const isSame = found.digest === digestOfRows(found.salt, boundOf(planned), [digests])
  if (found.state === 'pending') {
    if (isSame) return found
    // Its records have changed: the new review replaces it.
    await (await reviews.open()).withdraw(found.id)
    return undefined
  }
  if (forReview) return undefined
  if (found.state === 'approved') return found
  const age = (await state.now()) - Date.parse(found.decision?.at ?? '')
  return found.state === 'declined' && isSame && age < DECLINED_MS ? found : undefined
}

async function create<Plan extends WritePlan>(
  { reviews, request }: CallContext,
  { planned, plan, narrow, note, recent }: ReviewedWrite<Plan>,
): Promise<StoredReview> {
  const { tool, table, call, count } = planned
  const rows = await reviewRows(plan.changes, table)
  if (count === 0) throw new ToolError('NOTHING_TO_WRITE', 'There is nothing to write.')
  const store = await reviews.open()
  try {
    return await store.create({
      ...reviews.callerOf(request),
      program: 'mcp',
      client: request.client,
      command: tool,
      table: table.definition.name,
      version: table.version,
      call,
      bound: boundOf(planned),
      facts: {
        ...factsOf(planned, plan, rows.length, [request.client, request.principal], recent),
      },
      note,
      canTick: narrow !== undefined && !plan.isWhole && rows.length > 1 && rows.length === count,
      rows: [rows],
    })
  } catch (error) {
    if (!(error instanceof ReviewTooLargeError)) throw reviews.storageError(error)
    throw new ToolError('TOO_LARGE', `Nothing was written: ${error.message}.`, {
      hint: 'Write fewer records at a time.',
    })
  }
}

function factsOf(
  { table }: PlannedWrite,
  plan: WritePlan,
  rows: number,
  by: readonly (string | undefined)[],
  recent: string | undefined,
): Omit<ChangesFacts, 'review'> {
  const { action, remark, rejected = 0, problems = [] } = plan
  const { inserts, updates, deletes, unchanged } = totalsOf(plan)
  const caller = by.filter((name) => name !== undefined).join(', ')
  return {
    title: action,
    facts: caller === '' ? [] : [['by', caller]],
    remarks: [remark, recent].filter((text) => text !== undefined),
    sets: [
      {
        table: table.definition.name,
        version: table.version,
        columns: table.definition.columns.map(({ name, type }) => ({ name, type })),
        counts: { inserted: inserts, updated: updates, deleted: deletes, unchanged, rejected },
        rows,
        problems: problems.map(({ reason }, index) => ({ place: `problem ${index + 1}`, reason })),
        facts: [],
      },
    ],
  }
}

/** What the rows of a write belong to, and what else it depends on. */
function boundOf({ tool, table, args, data }: PlannedWrite): string {
  const place = [tool, table.definition.id, table.version]
  return createHash('sha256')
    .update(canonicalJson([place, args, data]))
    .digest('base64url')
}

/**
 * The plan of exactly the approved rows, made from the records as they are now.
 *
 * @returns undefined if these are not the rows that were approved
 */
async function approvedPlan<Plan extends WritePlan>(
  { id, salt, digest, decision }: StoredReview,
  { planned, plan, narrow }: ReviewedWrite<Plan>,
  digests: readonly string[],
  { reviews }: CallContext,
): Promise<Plan | undefined> {
  if (decision?.ticked === undefined) {
    return digest === digestOfRows(salt, boundOf(planned), [digests]) ? plan : undefined
  }
  const page = { set: 0, offset: 0, limit: Number.MAX_SAFE_INTEGER }
  const rows = await (await reviews.open()).rows(id, page)
  const ticked = new Set(decision.ticked[0])
  const wanted = rows.filter(({ index }) => ticked.has(index)).map((row) => row.digest)
  const kept = changesOf(wanted, digests, plan)
  if (kept === undefined || narrow === undefined) return undefined
  const part = await narrow(kept)
  const its = await digestsOf(part.changes)
  const isExact = digestOfRows(salt, '', [its]) === digestOfRows(salt, '', [wanted])
  return isExact ? part : undefined
}

/** One change for each of the digests; undefined if one has none any more. */
function changesOf(
  wanted: readonly string[],
  digests: readonly string[],
  { changes }: WritePlan,
): PreviewedChange[] | undefined {
  const written = writtenChanges(changes)
  const left = new Map<string, number>()
  for (const digest of wanted) left.set(digest, (left.get(digest) ?? 0) + 1)
  const kept = written.filter((_, index) => {
    const count = left.get(digests[index] ?? '') ?? 0
    left.set(digests[index] ?? '', count - 1)
    return count > 0
  })
  return kept.length === wanted.length ? kept : undefined
}
