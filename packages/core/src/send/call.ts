/** One call: attempts and the waits between them, ending in a response or one error. */
import { isWriteAction, type OperationId } from '@chatlayer-tables/contract'
import { ChatlayerError, ConnectionError, type Executed, type RequestInfo } from '../errors.ts'
import { closedError, heldError, turnError } from './call-errors.ts'
import { allowancesNow, type Classified, classifyAnswer, serverDateOf } from './classify.ts'
import { classifyTransportError } from './classify-transport.ts'
import type { EncodedRequest } from './encode-request.ts'
import { type Failure, type FailureKind, failureError } from './failure.ts'
import type { Pass, Passage } from './gate.ts'
import type { RequestEvent, WatchedFailure } from './hooks.ts'
import type { RawExchange } from './raw-exchange.ts'
import type { Allowance } from './retry-after.ts'
import { decide, RETRY_RULES } from './retry-policy.ts'
import type { Reply, SendOptions } from './sender.ts'
import type { Shared } from './shared.ts'
import { type Stop, StoppedBeforeSending } from './stop.ts'
import type { TransportAnswer, TransportRequest } from './transport.ts'
import { TransportError } from './transport-error.ts'
import { pause, waitForTurn } from './wait.ts'

/** The number of calls in this process so far. */
let lastId = 0

export class Call<K extends OperationId> {
  readonly #shared: Shared
  readonly #operation: K
  readonly #request: EncodedRequest
  readonly #options: SendOptions
  readonly #stop: Stop
  readonly #deadline: number
  readonly #writes: boolean
  readonly #id: number
  #attempts = 0
  /** Attempts that count against the maximum; 429s do not. */
  #counted = 0
  #executed: Executed = 'no'
  #isInFlight = false

  constructor(
    shared: Shared,
    operation: K,
    request: EncodedRequest,
    options: SendOptions,
    stop: Stop,
  ) {
    const { timeoutMs = shared.timeoutMs, deadline = Number.POSITIVE_INFINITY } = options
    this.#shared = shared
    this.#operation = operation
    this.#request = options.newConnection ? { ...request, newConnection: true } : request
    this.#options = options
    this.#stop = stop
    this.#deadline = Math.min(deadline, performance.now() + timeoutMs)
    this.#writes = request.action !== undefined && isWriteAction(request.action)
    lastId += 1
    this.#id = lastId
  }

  /** For the gentle stop: ends the call unless a request is in flight or may have been executed. */
  stopUnlessSent(): void {
    if (this.#isInFlight || this.#executed !== 'no') return
    this.#stop.now(new StoppedBeforeSending(this.#options.stop?.reason))
  }

  async run(): Promise<Reply<K>> {
    const { gate, counts, budget } = this.#shared
    for (;;) {
      if (this.#shared.closed) this.#fail(closedError(this.#info(), this.#executed))
      this.#shared.exchange?.wake()
      const pass = gate.tryEnter() ?? (await this.#waitForTurn())
      const wait = this.#check(pass)
      if (wait !== undefined) {
        await this.#waitForCheck(wait)
        continue
      }
      const { started, timeoutMs, event } = this.#begin()
      this.#isInFlight = true
      const answer = await exchange(this.#shared, this.#checked(), timeoutMs, this.#stop)
      this.#isInFlight = false
      const noteEnd = (failure: WatchedFailure | undefined) => {
        if (event === undefined) return
        const durationMs = performance.now() - started
        this.#shared.watch.response({ ...event, status: answer.status, durationMs, failure })
      }
      if (this.#stop.stopped) {
        gate.leave(pass, 'withdrawn')
        noteEnd(ABORTED)
        throw this.#stop.reason
      }
      if (answer instanceof TransportError && answer.reason === 'withdrawn') {
        // The check did not hold any more when the connection was ready.
        gate.leave(pass, 'withdrawn')
        noteEnd(ABORTED)
        continue
      }
      this.#options.onExchange?.(this.#raw(answer))
      const classified = this.#classify(answer)
      noteEnd(classified.ok ? undefined : shown(classified.failure))
      const headers = answer instanceof TransportError ? undefined : answer.headers
      const allowances = headers && allowancesNow(headers)
      const serverDate = headers && serverDateOf(headers)
      if (serverDate !== undefined) this.#shared.noteDate?.(serverDate)
      if (classified.ok) {
        gate.leave(pass, 'accepted', undefined, allowances)
        counts.succeeded += 1
        budget.refund(this.#counted - 1)
        return { body: classified.body, serverDate, attempts: this.#attempts }
      }
      this.#noteFailure(pass, classified.failure, allowances)
      const delayMs = this.#decideRetry(classified.failure, event)
      if (this.#options.stop?.aborted) this.stopUnlessSent()
      if (this.#stop.stopped) throw this.#stop.reason
      if (delayMs === undefined) continue
      counts.waitedMs += delayMs
      await pause(this.#shared, this.#stop, delayMs)
      if (this.#stop.stopped) throw this.#stop.reason
    }
  }

  async #waitForTurn(): Promise<Pass> {
    const { gate } = this.#shared
    const held = gate.pauseLeftMs()
    if (held >= this.#deadline - performance.now()) {
      const status = gate.isPausedByLimit ? 429 : (this.#shared.pausingStatus ?? 503)
      this.#fail(heldError(this.#info(), this.#executed, held, status))
    }
    const pass = await waitForTurn(this.#shared, this.#stop, this.#deadline, this.#attempts > 0)
    if (this.#stop.stopped) {
      if (pass !== undefined) gate.leave(pass, 'withdrawn')
      throw this.#stop.reason
    }
    if (pass !== undefined) return pass
    const makeError = this.#shared.closed ? closedError : turnError
    return this.#fail(makeError(this.#info(), this.#executed))
  }

  /**
   * Gives the pass back unless the request may be sent now.
   *
   * @returns what to wait for then
   */
  #check(pass: Pass): Promise<void> | undefined {
    const { check } = this.#options
    if (check === undefined) return undefined
    let isAllowed = false
    try {
      const wait = check()
      isAllowed = wait === undefined
      return wait
    } catch (error) {
      throw this.#refused(error)
    } finally {
      if (!isAllowed) this.#shared.gate.leave(pass, 'withdrawn')
    }
  }

  /** The request, which asks again once it has its connection: a process may have slept meanwhile. */
  #checked(): EncodedRequest & Pick<TransportRequest, 'mayStart'> {
    const { check } = this.#options
    if (check === undefined) return this.#request
    const mayStart = () => {
      try {
        const wait = check()
        wait?.catch(() => undefined)
        return wait === undefined
      } catch {
        // It is asked again before the next attempt, and its error is thrown then.
        return false
      }
    }
    return { ...this.#request, mayStart }
  }

  async #waitForCheck(wait: Promise<void>): Promise<void> {
    const end = pause(this.#shared, this.#stop, this.#deadline - performance.now())
    try {
      await Promise.race([wait, end])
    } catch (error) {
      throw this.#refused(error)
    } finally {
      this.#stop.wake()
    }
    if (this.#stop.stopped) throw this.#stop.reason
    if (performance.now() < this.#deadline) return
    this.#fail(turnError(this.#info(), this.#executed))
  }

  /** The error of a check; an attempt before it may have been executed. */
  #refused(error: unknown): unknown {
    this.#shared.counts.failed += 1
    if (this.#executed === 'no' || !(error instanceof ChatlayerError)) return error
    const { hint } = error
    const details = { executed: this.#executed, request: this.#info(), hint, cause: error }
    return new ConnectionError(error.message, details)
  }

  #begin(): { started: number; timeoutMs: number; event: RequestEvent | undefined } {
    const { watch, counts, attemptTimeoutMs, origin } = this.#shared
    this.#attempts += 1
    this.#counted += 1
    counts.sent += 1
    this.#options.onSend?.()
    const started = performance.now()
    const timeoutMs = Math.max(1, Math.min(attemptTimeoutMs, this.#deadline - started))
    if (!watch.watched()) return { started, timeoutMs, event: undefined }
    const { operation, action, method, path } = this.#info()
    const attempt = this.#attempts
    const event = { id: this.#id, origin, operation, action, method, path, attempt }
    watch.request(event)
    return { started, timeoutMs, event }
  }

  #classify(answer: TransportAnswer | TransportError): Classified<K> {
    const { proxy, redact } = this.#shared
    if (answer instanceof TransportError) {
      return { ok: false, failure: classifyTransportError(answer, proxy) }
    }
    const context = { writes: this.#writes, redact, now: Date.now() }
    return classifyAnswer(this.#operation, answer, context)
  }

  #noteFailure(
    pass: Pass,
    { kind, retryAfter, status, executed }: Failure,
    allowances: readonly Allowance[] | undefined,
  ): void {
    this.#shared.gate.leave(pass, passageOf(kind), retryAfter, allowances)
    if (retryAfter !== undefined) this.#shared.pausingStatus = status
    if (executed === 'maybe') this.#executed = 'maybe'
    if (kind !== 'throttled') return
    this.#counted -= 1
    this.#shared.counts.throttled += 1
  }

  /**
   * The delay before the next attempt, in milliseconds; undefined where the gate sets it.
   *
   * @throws ChatlayerError if the failure is final
   */
  #decideRetry(failure: Failure, event: RequestEvent | undefined): number | undefined {
    const { gate, budget, watch, counts, maxAttempts, closed } = this.#shared
    const heldMs = gate.pauseLeftMs()
    const verdict = decide({
      failure,
      repeatable: this.#options.repeatable ?? !this.#writes,
      attempts: this.#counted,
      maxAttempts,
      remainingMs: this.#deadline - performance.now(),
      heldMs,
      affordable: budget.affordable(),
      random: Math.random(),
    })
    if (!verdict.retry || closed) {
      const why = verdict.retry || RETRY_RULES[failure.kind] === 'never' ? '' : `; ${verdict.why}`
      const final = { ...failure, message: failure.message + why }
      return this.#fail(failureError(final, this.#info(), this.#executed))
    }
    const { delayMs, why } = verdict
    const throttled = failure.kind === 'throttled'
    counts.retried += 1
    if (!throttled) budget.draw()
    if (event !== undefined) watch.retry({ ...event, delayMs, why, failure: shown(failure) })
    return throttled && heldMs > 0 ? undefined : delayMs
  }

  #info(): RequestInfo {
    return {
      operation: this.#operation,
      action: this.#request.action,
      method: this.#request.method,
      path: this.#shared.redact(this.#request.shownPath),
      attempts: this.#attempts,
    }
  }

  #raw(answer: TransportAnswer | TransportError): RawExchange {
    const { method, shownPath: path, body } = this.#request
    const request = { call: this.#id, operation: this.#operation, method, path, body }
    return { ...request, answer: answer instanceof TransportError ? answer.reason : answer }
  }

  #fail(error: ChatlayerError): never {
    this.#shared.counts.failed += 1
    throw error
  }
}

const ABORTED: WatchedFailure = { kind: 'aborted', message: 'the caller aborted it' }

async function exchange(
  shared: Shared,
  request: TransportRequest,
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

function passageOf(kind: FailureKind): Passage {
  switch (kind) {
    case 'throttled':
      return 'throttled'
    case 'unreachable':
    case 'untrusted':
    case 'proxy':
    case 'dispatcher':
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
