/**
 * Whether and when a failed attempt is retried. Pure: the rules are data, time and random number are
 * arguments. A test compares `docs/how-it-works/retry-policy.md` with it.
 */
import { formatDuration } from '../values/duration.ts'
import { MAX_PAUSE_MS } from './closing.ts'
import type { Failure, FailureKind } from './failure.ts'

/**
 * - `never`: a retry would get the same response.
 * - `always`: nothing was executed, so even an INSERT is sent again.
 * - `repeatable`: it may have been executed; sent again only if executing it twice does no harm.
 * - `paced`: refused for now, by the rate limit or sporadically; sent again when the gate admits it,
 *   any number of times.
 */
export type RetryRule = 'never' | 'always' | 'repeatable' | 'paced'

export const RETRY_RULES: Readonly<Record<FailureKind, RetryRule>> = {
  unreachable: 'always',
  untrusted: 'never',
  proxy: 'never',
  dispatcher: 'never',
  broken: 'repeatable',
  timeout: 'repeatable',
  throttled: 'paced',
  unavailable: 'repeatable',
  faulty: 'never',
  unreadable: 'repeatable',
  misfit: 'never',
  'too-large': 'never',
  redirect: 'never',
  unauthenticated: 'never',
  forbidden: 'never',
  missing: 'never',
  rejected: 'never',
}

/** How long to wait before the n-th repetition: a random part of `base * 2^(n-1)`, at most `cap`. */
export const BACKOFF = { baseMs: 200, capMs: 10_000 } as const

export const DEFAULT_MAX_ATTEMPTS = 5

export interface Attempt {
  readonly failure: Failure
  /** Whether the request may be sent again although it may have been executed. */
  readonly repeatable: boolean
  /** Attempts so far, including this one and excluding those refused by the rate limit. */
  readonly attempts: number
  readonly maxAttempts: number
  /** Time until the call's deadline, in milliseconds. */
  readonly remainingMs: number
  /** How long the gate holds all requests back now, in milliseconds. */
  readonly heldMs: number
  /** Whether the client's retry budget still affords a retry. */
  readonly affordable: boolean
  /** A random number in [0, 1). */
  readonly random: number
}

export type Verdict =
  | { readonly retry: false; readonly why: string }
  | {
      readonly retry: true
      /** The minimum delay before it is sent again. */
      readonly delayMs: number
      readonly why: string
    }

export function decide(attempt: Attempt): Verdict {
  const { failure } = attempt
  switch (RETRY_RULES[failure.kind]) {
    case 'never':
      return stop('the same request would fail again')
    case 'paced':
      return decidePaced(attempt)
    case 'repeatable':
      if (failure.executed === 'maybe' && !attempt.repeatable) {
        return stop('it may have been executed, and doing it twice could do harm')
      }
      return decideTransient(attempt)
    case 'always':
      return decideTransient(attempt)
  }
}

/** Stops where the gateway asks for more time than the call has left. */
function stopIfTooLong({ failure, remainingMs }: Attempt): Verdict | undefined {
  const waitMs = failure.retryAfter?.atLeastMs ?? 0
  if (waitMs < remainingMs) return undefined
  return stop(
    `the gateway asks to wait ${formatDuration(waitMs)}, and the call has ${formatDuration(remainingMs)} left`,
  )
}

function decidePaced(attempt: Attempt): Verdict {
  const { remainingMs, heldMs, random } = attempt
  const tooLong = stopIfTooLong(attempt)
  if (tooLong !== undefined) return tooLong
  if (heldMs >= remainingMs)
    return stop('the timeout of the call leaves no time to wait for the rate limit')
  // The gate is open: it tolerates the refusal as sporadic.
  const delayMs = heldMs > 0 ? heldMs : backoff(1, random)
  return { retry: true, delayMs, why: 'the rate limit refused it, nothing was executed' }
}

function decideTransient(attempt: Attempt): Verdict {
  const { failure, attempts, maxAttempts, remainingMs } = attempt
  const tooLong = stopIfTooLong(attempt)
  if (tooLong !== undefined && failure.retryAfter !== undefined) return tooLong
  if (attempts >= maxAttempts) return stop(`it was tried ${attempts} times`)
  if (!attempt.affordable) {
    return stop('too many requests failed recently: the retry budget of this client is used up')
  }
  const waitMs = Math.min(failure.retryAfter?.atLeastMs ?? 0, MAX_PAUSE_MS)
  const delayMs = Math.max(waitMs, backoff(attempts, attempt.random))
  if (delayMs >= remainingMs)
    return stop('the next attempt would start after the timeout of the call')
  return {
    retry: true,
    delayMs,
    why: failure.executed === 'no' ? 'nothing was executed' : 'doing it twice does no harm',
  }
}

/** Full jitter, from 0 to the whole delay, so that clients do not return at the same time. */
export function backoff(attempts: number, random: number): number {
  return random * Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** (attempts - 1))
}

function stop(why: string): Verdict {
  return { retry: false, why }
}
