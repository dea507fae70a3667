/** What the caller of a tool reads about a review. */
import {
  REVIEW_MINUTES,
  type ReviewDecision,
  type StoredReview,
} from '@chatlayer-tables/journal/reviews'
import { DECLINED } from '../confirm/verdict.ts'
import { joinSentences } from '../result/sentences.ts'
import { ToolError } from '../result/tool-error.ts'

export interface Waiting {
  readonly isNew: boolean
  /** Whether the client shows pages, in which the user can decide. */
  readonly showsViews: boolean
  /** Whether other machines have the same reviews. */
  readonly isShared: boolean
}

export function waitingNotice(id: string, { isNew, showsViews, isShared }: Waiting): string {
  const place = isShared
    ? 'a machine with the same CHATLAYER_STATE as this server'
    : 'the machine of this server'
  const command = `"clt review ${id}"`
  return [
    `Nothing was written: this ${isNew ? 'waits' : 'still waits'} for a review by the user, until it expires ${REVIEW_MINUTES} minutes after its preview.`,
    showsViews
      ? `The user decides in the view of this result, which also executes the write; or runs ${command} in a terminal.`
      : `Ask the user to run ${command} in a terminal on ${place}.`,
    `After a decision in a terminal, call this tool with confirm_token "${id}" alone; it returns what was decided, and executes what was approved.`,
  ].join(' ')
}

const WAYS: Readonly<Record<ReviewDecision['way'], string>> = {
  view: "in the assistant's view",
  terminal: 'in a terminal',
  browser: 'in a browser',
}

/** For the note of the change set, such as `approved in a terminal: looks right`. */
export function approvalText({ way, note }: ReviewDecision): string {
  const text = note?.trim()
  return `approved ${WAYS[way]}${text ? `: ${text}` : ''}`
}

/** The error of a call whose review cannot be executed. */
export function closedReview(review: StoredReview): ToolError {
  const { state, decision, result } = review
  const isDeclined = state === 'declined'
  const note =
    decision?.note === undefined ? undefined : `Their note: ${JSON.stringify(decision.note)}.`
  if (isDeclined) {
    const text = joinSentences('Nothing was written.', DECLINED.message, note)
    return new ToolError(DECLINED.code, text ?? '', { hint: DECLINED.hint })
  }
  if (state === 'expired') {
    return refused(
      'Nothing was written: this review has expired.',
      'Repeat the call without confirm_token for a new review.',
    )
  }
  if (state === 'done') {
    const message = result?.message
    const changeSets = result?.changeSets
    const sets = Array.isArray(changeSets) ? `Change set: ${changeSets.join(', ')}.` : undefined
    return refused(
      joinSentences(
        'Nothing was written by this call: the review was executed before.',
        typeof message === 'string' ? message : undefined,
        sets,
      ) ?? '',
      'For another write, call without confirm_token.',
    )
  }
  return refused(
    'Nothing was written by this call: the review is being executed, or its execution was interrupted.',
    'Check list_changes for what was written.',
  )
}

/** The error of a call that is not the one to execute an approved review. */
export function approvedReview(id: string): ToolError {
  return refused(
    'Nothing was written by this call: the user has approved its review.',
    `Call this tool with confirm_token "${id}" alone.`,
  )
}

export function unknownReview(): ToolError {
  return refused(
    'Nothing was written: this server has no review of this id for this caller.',
    'Repeat the call without confirm_token for a new review.',
  )
}

export function outdatedReview(): ToolError {
  return refused(
    'Nothing was written: the records have changed since the review.',
    'Repeat the call without confirm_token for a new review.',
  )
}

function refused(message: string, hint: string): ToolError {
  return new ToolError('CONFIRMATION_REFUSED', message, { field: 'confirm_token', hint })
}
