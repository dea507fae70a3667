/**
 * Observation of requests: hooks and a logger given to the client, and channels of
 * node:diagnostics_channel for other code in this process. None of them sees a header, a value of a
 * record or the token, and an error in one of them does not affect the request.
 */
import { channel } from 'node:diagnostics_channel'
import type { ActionType, OperationId } from '@chatlayer-tables/contract'
import { formatDuration } from '../values/duration.ts'
import type { FailureKind } from './failure.ts'
import type { Redact } from './redact.ts'

/** One attempt of a request. */
export interface RequestEvent {
  /** The same for all attempts of one call; unique within the process. */
  readonly id: number
  /** The gateway: scheme, host and port. */
  readonly origin: string
  readonly operation: OperationId
  readonly action: ActionType | undefined
  readonly method: string
  /** Below the API's prefix, with the query. */
  readonly path: string
  /** 1 for the first attempt. */
  readonly attempt: number
}

export interface WatchedFailure {
  /** `aborted` if the caller's signal ended it. */
  readonly kind: FailureKind | 'aborted'
  readonly message: string
}

/** The end of an attempt; each {@link RequestEvent} has one. */
export interface ResponseEvent extends RequestEvent {
  /** Undefined if there was no response. */
  readonly status: number | undefined
  readonly durationMs: number
  /** Undefined on success. */
  readonly failure: WatchedFailure | undefined
}

export interface RetryEvent extends RequestEvent {
  /** Before the next attempt goes to the gate. */
  readonly delayMs: number
  readonly why: string
  readonly failure: WatchedFailure
}

/** Functions that are called for each attempt. Their errors do not affect the request. */
export interface Hooks {
  /** Before an attempt is sent. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined
  /** After an attempt ended, also without a response. */
  readonly onResponse?: ((event: ResponseEvent) => void) | undefined
  /** Before the wait for the next attempt. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined
}

/** Receives lines of text, such as `console`. */
export interface Logger {
  /** Every attempt and its end. */
  debug(line: string): void
  /** Attempts that failed. */
  info(line: string): void
  /** Retries. */
  warn(line: string): void
  /** Not used so far; part of what a logger such as `console` has. */
  error(line: string): void
}

export const CHANNELS = {
  request: 'chatlayer-tables:request',
  response: 'chatlayer-tables:response',
  retry: 'chatlayer-tables:retry',
} as const

const requestChannel = channel(CHANNELS.request)
const responseChannel = channel(CHANNELS.response)
const retryChannel = channel(CHANNELS.retry)

export interface Watch {
  /** Whether there is any observer; without one no event is built. */
  watched(): boolean
  request(event: RequestEvent): void
  response(event: ResponseEvent): void
  retry(event: RetryEvent): void
  log(level: keyof Logger, line: string): void
}

export function createWatch(hooks: Hooks, logger: Logger | undefined, redact: Redact): Watch {
  const listens =
    logger !== undefined ||
    hooks.onRequest !== undefined ||
    hooks.onResponse !== undefined ||
    hooks.onRetry !== undefined

  function log(level: keyof Logger, line: string): void {
    if (logger === undefined) return
    quietly(() => logger[level](redact(line)))
  }

  return {
    watched: () =>
      listens ||
      requestChannel.hasSubscribers ||
      responseChannel.hasSubscribers ||
      retryChannel.hasSubscribers,
    request(event) {
      if (hooks.onRequest !== undefined) quietly(() => hooks.onRequest?.(event))
      if (requestChannel.hasSubscribers) requestChannel.publish(event)
      log('debug', `${describe(event)} sent`)
    },
    response(event) {
      if (hooks.onResponse !== undefined) quietly(() => hooks.onResponse?.(event))
      if (responseChannel.hasSubscribers) responseChannel.publish(event)
      const took = `after ${formatDuration(event.durationMs)}`
      if (event.failure === undefined)
        log('debug', `${describe(event)} answered ${event.status} ${took}`)
      else log('info', `${describe(event)} failed ${took}: ${event.failure.message}`)
    },
    retry(event) {
      if (hooks.onRetry !== undefined) quietly(() => hooks.onRetry?.(event))
      if (retryChannel.hasSubscribers) retryChannel.publish(event)
      log(
        'warn',
        `${describe(event)} will be retried in ${formatDuration(event.delayMs)}: ${event.why}`,
      )
    },
    log,
  }
}

function describe({ id, operation, action, attempt }: RequestEvent): string {
  return `#${id} ${operation}${action === undefined ? '' : ` ${action}`}, attempt ${attempt},`
}

/** An error of an observer does not affect the request. */
function quietly(observe: () => void): void {
  try {
    observe()
  } catch {
    // The error of a hook or logger cannot be reported; the request continues.
  }
}
