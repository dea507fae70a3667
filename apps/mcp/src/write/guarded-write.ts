/**
 * The flow of every write of a tool: preview, expected number, confirmation, execution. A tool states
 * what it would change, and how to write it; everything else has its one home here.
 */
import { ChatlayerError, type PreviewedChange, UnknownOutcomeError } from '@chatlayer-tables/core'
import type { CallContext } from '../call/context.ts'
import { AskUser } from '../confirm/ask-user.ts'
import type { PlannedWrite } from '../confirm/planned-write.ts'
import type { SetWritten } from '../confirm/recent-writes.ts'
import type { Refusal } from '../confirm/verdict.ts'
import { reasonOf } from '../logger.ts'
import type { GuardedTable } from '../policy/guarded-table.ts'
import { Preview, type PreviewResult } from '../preview/preview.ts'
import { counted, joinSentences } from '../result/sentences.ts'
import { ToolError } from '../result/tool-error.ts'
import { isReviewId } from '../review/review-id.ts'
import type { ToolName } from '../tools/registry.ts'
import { digestOfPlan, totalsOf, type WritePlan } from './write-plan.ts'

/** A plan, and the table that it would change. */
export interface PlanSeen {
  readonly table: GuardedTable
  readonly plan: WritePlan
}

/** The arguments that all writes share. */
export interface WriteInput {
  readonly dry_run: boolean
  readonly confirm_token?: string | undefined
  /** Of a page of the preview. */
  readonly cursor?: string | undefined
  /** The number of records that the write must match. */
  readonly expect?: number | undefined
  readonly note?: string | undefined
}

export interface GuardedWrite<Plan extends WritePlan, Written> {
  readonly tool: ToolName
  readonly table: GuardedTable
  /** The size of the write, if it is known and can be executed without a plan: the plan may be skipped. */
  readonly direct?: { readonly count: number; readonly deletes: boolean } | undefined
  readonly plan: () => Promise<Plan>
  /** The plan for some of its changes, which a review has approved; undefined if the write has no parts. */
  readonly narrow?:
    | ((plan: Plan, kept: readonly PreviewedChange[]) => Plan | Promise<Plan>)
    | undefined
  /** Executes the write. @param plan what the caller has confirmed; undefined for a direct write */
  readonly write: (plan: Plan | undefined) => Promise<Written>
}

/**
 * Executes a write, or returns its preview for `dry_run` and `cursor`.
 *
 * A write that needs a review returns its preview too; a review that was approved executes its rows.
 *
 * @throws AskUser to ask the user first
 * @throws ToolError if the write is blocked, matches another number than expected, or is not confirmed;
 *   the latter has the preview and a token
 */
export async function guardedWrite<
  Plan extends WritePlan,
  Written extends Readonly<Record<string, unknown>>,
>(
  context: CallContext,
  input: WriteInput,
  guarded: GuardedWrite<Plan, Written>,
): Promise<Written | PreviewResult> {
  const { tool, table, direct, plan: makePlan, write } = guarded
  const { confirmation, request, once, forReview = false } = context
  const isPreview = input.dry_run || input.cursor !== undefined
  if (once?.isConfirmed && !isReviewId(input.confirm_token)) {
    // The rest of a write that was confirmed by the same token.
    const plan = direct === undefined ? await makePlan() : undefined
    return execute(context, undefined, () => write(plan))
  }
  // A token is checked even if the write does not need one any more: it may be a repeated call.
  const isPlain =
    !isPreview && !forReview && input.expect === undefined && input.confirm_token === undefined
  if (direct !== undefined && isPlain) {
    const counted = await confirmation.admit({ ...direct, table }, request)
    if (counted !== undefined) return execute(context, counted, () => write(undefined))
  }
  const plan = await makePlan()
  context.onPlan?.({ table, plan })
  const digest = await digestOfPlan(plan)
  const planned = plannedWrite(tool, table, plan, input, digest)
  const preview = await Preview.of(tool, table, plan, digest)
  // Records that an interrupted call has written may match no more.
  if (once?.continues === undefined) checkExpected(plan, input)
  if (isPreview) return previewResult(context, input, plan, planned, preview)
  const verdict = await confirmation.decide(planned, request, input.confirm_token, forReview)
  if (verdict.kind === 'go') {
    return execute(context, verdict.counted, () => write(plan))
  }
  const recent = await confirmation.recentNotice(planned, request)
  if (verdict.kind === 'review') {
    return reviewedWrite(context, input, guarded, { plan, planned, preview, recent })
  }
  if (verdict.kind === 'refuse') throw refusal(verdict, plan, preview, recent)
  const { action } = plan
  throw new AskUser({ action, recent, note: input.note, preview: preview.lines }, verdict.token)
}

interface Previewed<Plan> {
  readonly plan: Plan
  readonly planned: PlannedWrite
  readonly preview: Preview
  readonly recent: string | undefined
}

/** Executes what a review has approved; otherwise returns the preview with the review that decides. */
async function reviewedWrite<
  Plan extends WritePlan,
  Written extends Readonly<Record<string, unknown>>,
>(
  context: CallContext,
  { confirm_token: token, note }: WriteInput,
  { narrow, write }: GuardedWrite<Plan, Written>,
  { plan, planned, preview, recent }: Previewed<Plan>,
): Promise<Written | PreviewResult> {
  const { executeReviewed, reviewStep } = await import('../review/review-write.ts')
  const { waitingNotice } = await import('../review/review-texts.ts')
  const part = narrow && ((kept: readonly PreviewedChange[]) => narrow(plan, kept))
  const step = await reviewStep(context, { planned, plan, narrow: part, token, note, recent })
  if (step.kind === 'go') {
    return executeReviewed(context, step.review, () =>
      execute(context, undefined, () => write(step.plan)),
    )
  }
  const { id, digest, expiresAt } = step.review
  const { settings, request, state } = context
  const showsViews = settings.views && request.showsViews
  return {
    notice: joinSentences(
      waitingNotice(id, { isNew: step.isNew, showsViews, isShared: state.isShared }),
      `This would ${plan.action}.`,
      recent,
      plan.remark,
    ),
    dry_run: true,
    ...preview.fields(undefined, 0),
    review: { id, digest, expires_at: expiresAt },
  }
}

/** Arguments that say how to call, not what to write. */
const CONTROLS: ReadonlySet<string> = new Set(['dry_run', 'confirm_token', 'cursor'])

function plannedWrite(
  tool: ToolName,
  table: GuardedTable,
  plan: WritePlan,
  input: WriteInput,
  digest: string,
): PlannedWrite {
  const { args } = plan
  const { inserts, updates, deletes } = totalsOf(plan)
  const call = Object.entries(input).filter(
    ([name, value]) => !CONTROLS.has(name) && value !== undefined,
  )
  return {
    tool,
    table,
    args,
    count: inserts + updates + deletes,
    deletes: plan.deletes ?? deletes > 0,
    data: digest,
    call: Object.fromEntries(call),
  }
}

function checkExpected({ matched }: WritePlan, { expect }: WriteInput): void {
  if (expect === undefined || matched === undefined || matched === expect) return
  const verb = matched === 1 ? 'matches' : 'match'
  throw new ToolError(
    'UNEXPECTED_COUNT',
    `Nothing was written: ${counted(matched, 'record')} ${verb}, not ${expect} as expected.`,
    { field: 'expect', matched, hint: 'Check which records match before trying again.' },
  )
}

async function previewResult(
  { confirmation, request }: CallContext,
  { cursor, confirm_token }: WriteInput,
  plan: WritePlan,
  planned: PlannedWrite,
  preview: Preview,
): Promise<PreviewResult> {
  const offset = preview.offsetOf(cursor)
  // The next page of a preview comes with the token of the first one.
  const isValid =
    confirm_token !== undefined &&
    (await confirmation.check(planned, request, confirm_token)) === undefined
  const offer = isValid
    ? { notice: undefined, confirm_token }
    : await confirmation.offer(planned, request)
  const notice = joinSentences(
    'Preview: nothing was written.',
    plan.remark,
    await confirmation.recentNotice(planned, request),
    offer.notice,
  )
  const token = offer.confirm_token
  return { notice, dry_run: true, ...preview.fields(token, offset) }
}

function refusal(
  { code, message, hint, preview: withPreview, token }: Refusal,
  { action, remark }: WritePlan,
  preview: Preview,
  recent: string | undefined,
): ToolError {
  const would = code === 'CONFIRMATION_NEEDED' ? `This would ${action}.` : undefined
  const text = joinSentences('Nothing was written.', message || undefined, would, recent, remark)
  if (!withPreview) return new ToolError(code, text ?? code, { hint })
  return new ToolError(code, text ?? code, {
    field: 'confirm_token',
    hint,
    preview: { fields: { ...preview.fields(token, 0) }, lines: preview.lines },
  })
}

/**
 * Executes a write, and counts what it wrote for the caller.
 *
 * @param counted of a write that was counted; undefined for a confirmed one
 */
async function execute<Written extends Readonly<Record<string, unknown>>>(
  { confirmation, request, log }: CallContext,
  counted: SetWritten | undefined,
  write: () => Promise<Written>,
): Promise<Written> {
  if (counted === undefined) await confirmation.startAgain(request)
  // If it cannot be set any more, the number of records that were announced counts.
  const setWritten = (written: number) =>
    counted?.(written).catch((error: unknown) => log.warn(`recent writes: ${reasonOf(error)}`))
  try {
    const result = await write()
    await setWritten(writtenOf(result))
    return result
  } catch (error) {
    if (wroteNothing(error)) await setWritten(0)
    throw error
  }
}

/** The counts of written records in results. */
const WRITTEN = ['inserted', 'updated', 'deleted', 'undone', 'unknown']

function writtenOf(result: Readonly<Record<string, unknown>>): number {
  return WRITTEN.reduce((sum, name) => sum + Number(result[name] ?? 0), 0)
}

function wroteNothing(error: unknown): boolean {
  if (error instanceof ToolError) {
    const { written_ids, change_set, may_have_been_written } = error.details
    return written_ids === undefined && change_set === undefined && !may_have_been_written
  }
  return error instanceof ChatlayerError && !(error instanceof UnknownOutcomeError)
}
