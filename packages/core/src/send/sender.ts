/**
 * The one way a request takes: encode, gate, transport, classify, then an answer, another try or an
 * error. The rules stand in the files beside; here they meet the clock and the network.
 */
import { type EndpointAnswer, isWriteAction, type OperationId } from '@chatlayer-tables/contract'
import { ConnectionError, type Executed, type RequestInfo, TimeoutError } from '../errors.ts'
import type { CallOptions } from '../types.ts'
import { classifyAnswer, classifyTransportError } from './classify.ts'
import {
  createEncoder,
  type EncodedRequest,
  type EncoderOptions,
  type Input,
} from './encode-request.ts'
import { type Failure, failureError } from './failure.ts'
import { createGate, type Waiter } from './gate.ts'
import { createWatch, type Hooks, type Logger, type RequestEvent } from './hooks.ts'
import { createRedactor } from './redact.ts'
import { headerText } from './retry-after.ts'
import { createRetryBudget } from './retry-budget.ts'
import { DEFAULT_MAX_ATTEMPTS, decide, LONGEST_ASKED_WAIT_MS } from './retry-policy.ts'
import { createTransport, type TransportAnswer, TransportError } from './transport.ts'

export interface SenderOptions extends EncoderOptions {
  /** Connections to the gateway, and the most requests in flight. Default 64. */
  readonly connections?: number | undefined
  /** For one attempt, connecting and the last byte included. Default 30,000. */
  readonly attemptTimeoutMs?: number | undefined
  /** For a call with all its attempts and waits, unless the call says otherwise. Default 120,000. */
  readonly timeoutMs?: number | undefined
  /** For a connection to be made, within the attempt. Default 10,000. */
  readonly connectTimeoutMs?: number | undefined
  /** Tries of one call, those refused by the rate limit not counted. Default 5. */
  readonly maxAttempts?: number | undefined
  /** The largest answer that is taken. Default 64 MiB. */
  readonly maxResponseBytes?: number | undefined
  readonly hooks?: Hooks | undefined
  readonly logger?: Logger | undefined
}

/**
 * 64 connections carry 800 requests a second at 80 ms. More from one client is seldom welcome, and
 * it is as many as undici keeps up with on one core.
 */
const DEFAULT_CONNECTIONS = 64
const DEFAULT_ATTEMPT_TIMEOUT_MS = 30_000
const DEFAULT_TIMEOUT_MS = 120_000
const DEFAULT_CONNECT_TIMEOUT_MS = 10_000
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024

export interface SendOptions extends CallOptions {
  /** Absolute, in milliseconds of performance.now(); the earlier of it and timeoutMs counts. */
  readonly deadline?: number | undefined
  /**
   * Whether the request may be sent again although it may have been executed. Default: true for
   * what only reads, false for what writes.
   */
  readonly repeatable?: boolean | undefined
}

export interface Reply<K extends OperationId> {
  readonly body: EndpointAnswer<K>
  /** When the attempt that succeeded was sent, milliseconds since 1970 by our clock. */
  readonly sentAt: number
  readonly receivedAt: number
  /** The gateway's clock, from its `Date` header, whole seconds in milliseconds since 1970. */
  readonly serverDate: number | undefined
  /** 1 when nothing was repeated. */
  readonly attempts: number
}

export interface ClientStats {
  readonly inFlight: number
  readonly queued: number
  readonly sent: number
  readonly succeeded: number
  readonly failed: number
  readonly retried: number
  /** Requests refused with 429. */
  readonly throttled: number
  /** Time that calls spent waiting for their turn or for a retry, summed over calls. */
  readonly waitedMs: number
}

export interface Sender {
  /**
   * Sends a request and answers what the gateway answered.
   *
   * @throws ChatlayerError of the kind of trouble; the caller's abort rejects with `signal.reason`
   */
  send<K extends OperationId>(
    operation: K,
    input: Input<K>,
    options?: SendOptions,
  ): Promise<Reply<K>>
  stats(): ClientStats
  /** Lets what is in flight end, refuses what still waits and what comes later. */
  close(): Promise<void>
}

/** A call's way to be stopped, whatever it is waiting for at the time. */
interface Stop {
  reason: unknown
  stopped: boolean
  /** Ends the present wait. */
  wake: (() => void) | undefined
}

export function createSender(options: SenderOptions): Sender {
  const encode = createEncoder(options)
  const redact = createRedactor(options.authorization)
  const watch = createWatch(options.hooks ?? {}, options.logger, redact)
  const budget = createRetryBudget()
  const connections = options.connections ?? DEFAULT_CONNECTIONS
  const gate = createGate({ maxInFlight: connections })
  const transport = createTransport({
    origin: options.connection.origin,
    connections,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    maxResponseBytes: options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
  })
  const attemptTimeoutMs = options.attemptTimeoutMs ?? DEFAULT_ATTEMPT_TIMEOUT_MS
  const callTimeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const maxAttempts = options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS
  const counts = { sent: 0, succeeded: 0, failed: 0, retried: 0, throttled: 0, waitedMs: 0 }
  const waiting = new Set<Stop>()
  let closing: Promise<void> | undefined
  let lastId = 0

  async function send<K extends OperationId>(
    operation: K,
    input: Input<K>,
    sendOptions: SendOptions = {},
  ): Promise<Reply<K>> {
    const { signal } = sendOptions
    signal?.throwIfAborted()
    const request = encode(operation, input)
    if (signal === undefined) return await attemptAll(operation, request, sendOptions, undefined)
    const stop: Stop = { reason: undefined, stopped: false, wake: undefined }
    const onAbort = () => stopWith(stop, signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await attemptAll(operation, request, sendOptions, stop)
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async function attemptAll<K extends OperationId>(
    operation: K,
    request: EncodedRequest,
    sendOptions: SendOptions,
    given: Stop | undefined,
  ): Promise<Reply<K>> {
    const stop = given ?? { reason: undefined, stopped: false, wake: undefined }
    const began = performance.now()
    const deadline = Math.min(
      sendOptions.deadline ?? Number.POSITIVE_INFINITY,
      began + (sendOptions.timeoutMs ?? callTimeoutMs),
    )
    const writes = request.action !== undefined && isWriteAction(request.action)
    const repeatable = sendOptions.repeatable ?? !writes
    const id = ++lastId
    let executed: Executed = 'no'
    let attempts = 0
    let counted = 0
    const info = (): RequestInfo => ({
      operation,
      action: request.action,
      method: request.method,
      path: redact(request.shownPath),
      attempts,
    })

    for (;;) {
      if (closing !== undefined) throw closedError(info(), executed)
      if (!gate.tryEnter()) {
        const waitFrom = performance.now()
        const admitted = await waitForTurn(stop, deadline)
        counts.waitedMs += performance.now() - waitFrom
        if (stop.stopped) {
          if (admitted) gate.leave()
          throw stop.reason
        }
        if (!admitted) {
          counts.failed += 1
          throw closing === undefined
            ? turnTimeout(info(), executed)
            : closedError(info(), executed)
        }
      }
      attempts += 1
      counted += 1
      counts.sent += 1
      const sentAt = Date.now()
      const started = performance.now()
      const event = watch.watched() ? announce(id, operation, request, attempts) : undefined
      let answer: TransportAnswer | TransportError
      try {
        const exchange = transport.exchange(
          request,
          Math.max(0, Math.min(attemptTimeoutMs, deadline - started)),
        )
        stop.wake = () => exchange.withdraw()
        answer = await exchange.answer
      } catch (error) {
        if (!(error instanceof TransportError)) throw error
        answer = error
      } finally {
        stop.wake = undefined
        gate.leave()
      }
      if (stop.stopped) throw stop.reason
      const receivedAt = Date.now()
      const serverDate = answer instanceof TransportError ? undefined : dateOf(answer)
      const classified =
        answer instanceof TransportError
          ? { ok: false as const, failure: classifyTransportError(answer) }
          : classifyAnswer(operation, answer, { writes, redact, now: serverDate ?? receivedAt })
      if (event !== undefined) {
        watch.response({
          ...event,
          status: answer.status,
          durationMs: performance.now() - started,
          failure: classified.ok ? undefined : watched(classified.failure),
        })
      }
      if (classified.ok) {
        counts.succeeded += 1
        budget.refund(counted - 1)
        return { body: classified.body, sentAt, receivedAt, serverDate, attempts }
      }

      const { failure } = classified
      if (failure.executed === 'maybe') executed = 'maybe'
      if (failure.kind === 'throttled') {
        counted -= 1
        counts.throttled += 1
      }
      const verdict = decide({
        failure,
        repeatable,
        attempts: counted,
        maxAttempts,
        remainingMs: deadline - performance.now(),
        affordable: budget.affordable(),
        random: Math.random(),
      })
      if (!verdict.retry) {
        counts.failed += 1
        throw failureError(failure, info(), executed)
      }
      counts.retried += 1
      if (failure.kind !== 'throttled') budget.draw()
      const delayMs =
        failure.kind === 'throttled'
          ? Math.min(failure.retryAfterMs ?? 250, LONGEST_ASKED_WAIT_MS)
          : verdict.delayMs
      if (event !== undefined) {
        watch.retry({ ...event, delayMs, why: verdict.why, failure: watched(failure) })
      }
      await pause(stop, delayMs)
      counts.waitedMs += delayMs
      if (stop.stopped) throw stop.reason
    }
  }

  /** Resolves true with a place in the gate, false when stopped, closed or out of time. */
  function waitForTurn(stop: Stop, deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(leave, Math.min(2 ** 31 - 1, deadline - performance.now()))
      const waiter: Waiter = {
        next: undefined,
        prior: undefined,
        queued: false,
        admit: () => {
          end(true)
        },
      }
      function end(admitted: boolean): void {
        clearTimeout(timer)
        stop.wake = undefined
        waiting.delete(stop)
        resolve(admitted)
      }
      function leave(): void {
        gate.forget(waiter)
        end(false)
      }
      stop.wake = leave
      waiting.add(stop)
      gate.wait(waiter)
    })
  }

  function pause(stop: Stop, delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, delayMs)
      function end(): void {
        clearTimeout(timer)
        stop.wake = undefined
        waiting.delete(stop)
        resolve()
      }
      stop.wake = end
      waiting.add(stop)
    })
  }

  function announce(
    id: number,
    operation: OperationId,
    request: EncodedRequest,
    attempt: number,
  ): RequestEvent {
    const event: RequestEvent = {
      id,
      operation,
      action: request.action,
      method: request.method,
      path: redact(request.shownPath),
      attempt,
    }
    watch.request(event)
    return event
  }

  return {
    send,
    stats: () => ({ inFlight: gate.inFlight, queued: gate.queued, ...counts }),
    close() {
      closing ??= transport.close()
      for (const stop of waiting) stop.wake?.()
      return closing
    },
  }
}

function stopWith(stop: Stop, reason: unknown): void {
  if (stop.stopped) return
  stop.stopped = true
  stop.reason = reason
  stop.wake?.()
}

function watched({ kind, message }: Failure): { kind: Failure['kind']; message: string } {
  return { kind, message }
}

function dateOf(answer: TransportAnswer): number | undefined {
  const text = headerText(answer.headers, 'date')
  if (text === undefined) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : date
}

function turnTimeout(request: RequestInfo, executed: Executed): TimeoutError {
  return new TimeoutError('the call ran out of time while it waited for its turn', {
    request,
    executed,
    hint: 'Allow more time (timeoutMs), or send less at once.',
  })
}

function closedError(request: RequestInfo, executed: Executed): ConnectionError {
  return new ConnectionError('the client is closed', {
    request,
    executed,
    hint: 'Make a new client; one that was closed stays closed.',
  })
}
