/** What is decided about a write, and in which words. */
import type { GuardedKind } from '../settings.ts'
import { type SetWritten, WINDOW_MINUTES } from './recent-writes.ts'
import type { TokenProblem } from './token.ts'

export interface Refusal {
  readonly kind: 'refuse'
  readonly code: 'BLOCKED' | 'NOT_CONFIRMED' | 'CONFIRMATION_NEEDED' | 'CONFIRMATION_REFUSED'
  readonly message: string
  readonly hint: string
  /** Whether to show the preview. */
  readonly preview: boolean
  readonly token?: string | undefined
}

/**
 * Whether a write may proceed; `ask` the user with this token, which comes back with the answer; `review`:
 * a review decides, which is outside the reach of the caller.
 */
export type Verdict =
  | {
      readonly kind: 'go'
      /** Of a write that was counted, since it needs no confirmation; undefined for a confirmed one. */
      readonly counted: SetWritten | undefined
    }
  | { readonly kind: 'ask'; readonly token: string }
  | { readonly kind: 'review' }
  | Refusal

export const DECLINED: Refusal = {
  kind: 'refuse',
  code: 'NOT_CONFIRMED',
  message: 'The user did not agree.',
  hint: 'Ask the user what to do instead; do not retry without asking.',
  preview: false,
}

/** Problems of tokens that get a new preview and a new token at once. */
export const RENEWED: ReadonlySet<TokenProblem> = new Set([
  'expired',
  'other-arguments',
  'other-data',
])

export const TOKEN_PROBLEMS: Readonly<Record<TokenProblem | 'used', string>> = {
  malformed: 'Invalid confirm_token.',
  forged: 'This confirm_token is for another tool or table, or was altered.',
  expired: 'This confirm_token has expired.',
  'other-arguments': 'The arguments differ from those of the preview.',
  'other-data': 'The records have changed since the preview.',
  used: 'This confirm_token was already used.',
}

const KIND_NAMES: Readonly<Record<GuardedKind, string>> = {
  bulk: `writes of this many records within ${WINDOW_MINUTES} minutes`,
  live: 'writes to LIVE',
  delete: 'deletes',
}

export function blocked(kinds: readonly GuardedKind[]): string {
  return `The operator has blocked ${kinds.map((kind) => KIND_NAMES[kind]).join(' and ')}.`
}

export function blockedRefusal(kinds: readonly GuardedKind[]): Refusal {
  return {
    kind: 'refuse',
    code: 'BLOCKED',
    message: blocked(kinds),
    hint: 'Only the operator of this server can allow it.',
    preview: false,
  }
}

/** For a token that was used: it may be a repeated call. */
const USED_HINT =
  'Check list_changes for what was written. For another write, call without confirm_token.'

/** The refusal of a token that gets no new one. */
export function tokenRefusal(problem: TokenProblem | 'used'): Refusal {
  return {
    kind: 'refuse',
    code: 'CONFIRMATION_REFUSED',
    message: TOKEN_PROBLEMS[problem],
    hint:
      problem === 'used' ? USED_HINT : 'Repeat the call without confirm_token for a new preview.',
    preview: false,
  }
}
