/** One call: attempts and the waits between them, ending in a response or one error. */
import { isWriteAction, type OperationId } from '@chatlayer-tables/contract'
import {
  type ChatlayerError,
  type Executed,
  InvalidInputError,
  type RequestInfo,
} from '../errors.ts'
import { closedError, heldError, turnError } from './call-errors.ts'
import { allowancesNow, type Classified, classifyAnswer, serverDateOf } from './classify.ts'
import { classifyTransportError } from './classify-transport.ts'
import type { EncodedRequest } from './encode-request.ts'
import { type Failure, type FailureKind, failureError } from './failure.ts'
import type { Gate, Pass, Passage } from './gate.ts'
import type { RequestEvent, Watch } from './hooks.ts'
import type { ProxyInUse } from './proxy.ts'
import type { Redact } from './redact.ts'
import type { RetryBudget } from './retry-budget.ts'
import { decide, RETRY_RULES } from './retry-policy.ts'
import type { Reply, SendOptions } from './sender.ts'
import type { Stop } from './stop.ts'
import type { Transport, TransportAnswer } from './transport.ts'
import { TransportError } from './transport-error.ts'
import type { Waiter } from './waiting-line.ts'

/** State shared by all calls of a client. */
export interface Shared {
  readonly gate: Gate
  readonly transport: Transport
  readonly redact: Redact
  readonly proxy: ProxyInUse | undefined
  readonly watch: Watch
  readonly noteDate: ((serverDate: number) => void) | undefined
  readonly budget: RetryBudget
  readonly attemptTimeoutMs: number
  readonly timeoutMs: number
  readonly maxAttempts: number
  /** The number of calls so far. */
  lastId: number
  readonly counts: {
    sent: number
    succeeded: number
    failed: number
    retried: number
    throttled: number
    waitedMs: number
  }
  /** The status of the latest failure that asked for a pause. */
  pausingStatus: number | undefined
  /** Calls that wait, for the gate or for a retry. */
  readonly waiting: Set<Stop>
  closed: boolean
}

export async function runCall<K extends OperationId>(
  shared: Shared,
  operation: K,
  request: EncodedRequest,
  options: SendOptions,
  stop: Stop,
): Promise<Reply<K>> {
  const { gate, watch, budget, counts } = shared
  const { timeoutMs: callTimeoutMs = shared.timeoutMs } = options
  if (!(callTimeoutMs > 0)) {
    throw new InvalidInputError('timeoutMs must be a positive number', { field: 'timeoutMs' })
  }
  const deadline = Math.min(
    options.deadline ?? Number.POSITIVE_INFINITY,
    performance.now() + callTimeoutMs,
  )
  const writes = request.action !== undefined && isWriteAction(request.action)
  const id = ++shared.lastId
  let attempts = 0
  /** Attempts that count against the maximum; 429s do not. */
  let counted = 0
  let executed: Executed = 'no'

  const info = (): RequestInfo => ({
    operation,
    action: request.action,
    method: request.method,
    path: shared.redact(request.shownPath),
    attempts,
  })
  const fail = (error: ChatlayerError): never => {
    counts.failed += 1
    throw error
  }

  for (;;) {
    if (shared.closed) return fail(closedError(info(), executed))
    let pass = gate.tryEnter()
    if (pass === undefined) {
      const held = gate.pauseLeftMs()
      if (held >= deadline - performance.now()) {
        const status = gate.isPausedByLimit ? 429 : (shared.pausingStatus ?? 503)
        return fail(heldError(info(), executed, held, status))
      }
      pass = await waitForTurn(shared, stop, deadline, attempts > 0)
      if (stop.stopped) {
        if (pass !== undefined) gate.leave(pass, 'withdrawn')
        throw stop.reason
      }
      if (pass === undefined) {
        return fail(shared.closed ? closedError(info(), executed) : turnError(info(), executed))
      }
    }

    attempts += 1
    counted += 1
    counts.sent += 1
    options.onSend?.()
    const started = performance.now()
    const timeoutMs = Math.max(1, Math.min(shared.attemptTimeoutMs, deadline - started))
    let event: RequestEvent | undefined
    if (watch.watched()) {
      const { action, method, path } = info()
      event = { id, operation, action, method, path, attempt: attempts }
      watch.request(event)
    }
    const answer = await exchange(shared, request, timeoutMs, stop)
    if (stop.stopped) {
      gate.leave(pass, 'withdrawn')
      throw stop.reason
    }
    const classified: Classified<K> =
      answer instanceof TransportError
        ? { ok: false, failure: classifyTransportError(answer, shared.proxy) }
        : classifyAnswer(operation, answer, { writes, redact: shared.redact, now: Date.now() })
    if (event !== undefined) {
      watch.response({
        ...event,
        status: answer.status,
        durationMs: performance.now() - started,
        failure: classified.ok ? undefined : shown(classified.failure),
      })
    }

    const allowances = answer instanceof TransportError ? undefined : allowancesNow(answer.headers)
    const serverDate = answer instanceof TransportError ? undefined : serverDateOf(answer.headers)
    if (serverDate !== undefined) shared.noteDate?.(serverDate)
    if (classified.ok) {
      gate.leave(pass, 'accepted', undefined, allowances)
      counts.succeeded += 1
      budget.refund(counted - 1)
      return { body: classified.body, serverDate, attempts }
    }

    const { failure } = classified
    gate.leave(pass, passageOf(failure.kind), failure.retryAfter, allowances)
    if (failure.retryAfter !== undefined) shared.pausingStatus = failure.status
    if (failure.executed === 'maybe') executed = 'maybe'
    const throttled = failure.kind === 'throttled'
    if (throttled) {
      counted -= 1
      counts.throttled += 1
    }
    const heldMs = gate.pauseLeftMs()
    const verdict = decide({
      failure,
      repeatable: options.repeatable ?? !writes,
      attempts: counted,
      maxAttempts: shared.maxAttempts,
      remainingMs: deadline - performance.now(),
      heldMs,
      affordable: budget.affordable(),
      random: Math.random(),
    })
    if (!verdict.retry || shared.closed) {
      const why = verdict.retry || RETRY_RULES[failure.kind] === 'never' ? '' : `; ${verdict.why}`
      const final = { ...failure, message: failure.message + why }
      return fail(failureError(final, info(), executed))
    }
    counts.retried += 1
    if (!throttled) budget.draw()
    if (event !== undefined) {
      const { delayMs, why } = verdict
      watch.retry({ ...event, delayMs, why, failure: shown(failure) })
    }
    // The gate keeps the pause of a 429.
    if (throttled && heldMs > 0) continue
    counts.waitedMs += verdict.delayMs
    await pause(shared, stop, verdict.delayMs)
    if (stop.stopped) throw stop.reason
  }
}

async function exchange(
  shared: Shared,
  request: EncodedRequest,
  timeoutMs: number,
  stop: Stop,
): Promise<TransportAnswer | TransportError> {
  const { answer, withdraw } = shared.transport.exchange(request, timeoutMs)
  stop.onWake(withdraw)
  try {
    return await answer
  } catch (error) {
    if (error instanceof TransportError) return error
    throw error
  } finally {
    stop.onWake(undefined)
  }
}

/** Undefined when the call was stopped, its time ran out or the client was closed. */
async function waitForTurn(
  shared: Shared,
  stop: Stop,
  deadline: number,
  again: boolean,
): Promise<Pass | undefined> {
  const since = performance.now()
  const pass = await waiting<Pass | undefined>(shared, stop, deadline - since, (end) => {
    const waiter: Waiter<Pass> = { admit: end }
    shared.gate.wait(waiter, again)
    return () => {
      shared.gate.forget(waiter)
      end(undefined)
    }
  })
  shared.counts.waitedMs += performance.now() - since
  return pass
}

function pause(shared: Shared, stop: Stop, ms: number): Promise<void> {
  return waiting<void>(shared, stop, ms, (end) => end)
}

/**
 * A wait that ends by itself, by `leave` after some time, or by `leave` when the call is stopped or
 * the client closed.
 *
 * @param begin starts the wait and returns how to leave it
 */
function waiting<T>(
  shared: Shared,
  stop: Stop,
  ms: number,
  begin: (end: (result: T) => void) => () => void,
): Promise<T> {
  return new Promise((resolve) => {
    let leave = () => {}
    let ended = false
    const timer = setTimeout(() => leave(), Math.min(LONGEST_TIMER_MS, ms))
    shared.waiting.add(stop)
    leave = begin((result) => {
      ended = true
      clearTimeout(timer)
      shared.waiting.delete(stop)
      stop.onWake(undefined)
      resolve(result)
    })
    if (ended) return
    stop.onWake(leave)
    if (shared.closed) leave()
  })
}

/** With a longer time setTimeout would call back at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

function passageOf(kind: FailureKind): Passage {
  switch (kind) {
    case 'throttled':
      return 'throttled'
    case 'unreachable':
    case 'untrusted':
    case 'proxy':
    case 'broken':
    case 'timeout':
    case 'unavailable':
      return 'failed'
    default:
      return 'accepted'
  }
}

function shown({ kind, message }: Failure): { kind: FailureKind; message: string } {
  return { kind, message }
}
