/** One request in flight, whichever transport sends it: its timer, its response, how it ends. */
import { formatDuration } from '../values/duration.ts'
import type { Exchange, HeaderValues, TransportAnswer } from './transport.ts'
import { TransportError, type TransportReason } from './transport-error.ts'

export class OpenExchange implements Exchange {
  readonly answer: Promise<TransportAnswer>
  /** Whether a byte of the request may have been written. Set by the transport. */
  isSent = false
  /** Ends the request on its connection when it is given up. Set by the transport. */
  abort: ((error: TransportError) => void) | undefined
  #isDone = false
  #status: number | undefined
  #headers: HeaderValues = {}
  #chunks: Buffer[] = []
  #bytes = 0
  readonly #maxBytes: number
  readonly #timer: NodeJS.Timeout
  readonly #settle: () => void
  #resolve!: (answer: TransportAnswer) => void
  #reject!: (error: TransportError) => void

  /** @param settle called once, when the response or the error is known */
  constructor(timeoutMs: number, maxBytes: number, settle: () => void) {
    this.#maxBytes = maxBytes
    this.#settle = settle
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(expire, timeoutMs, this, timeoutMs)
  }

  get isDone(): boolean {
    return this.#isDone
  }

  /** The response's status, as soon as it is known. */
  get status(): number | undefined {
    return this.#status
  }

  readonly withdraw = (): void => {
    this.giveUp('withdrawn', 'the request was withdrawn')
  }

  begin(status: number, headers: HeaderValues): void {
    this.#status = status
    this.#headers = headers
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) this.giveUp('too-large', 'the response is too large')
    else this.#chunks.push(chunk)
  }

  end(): void {
    if (!this.#finish()) return
    const [only] = this.#chunks
    const whole = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks)
    this.#resolve({
      status: this.#status ?? 0,
      headers: this.#headers,
      text: whole.toString('utf8'),
    })
  }

  fail(error: TransportError): void {
    if (this.#finish()) this.#reject(error)
  }

  giveUp(reason: TransportReason, message: string, code?: string): void {
    if (this.#isDone) return
    const details = { sent: this.isSent, status: this.#status, code }
    const error = new TransportError(reason, message, details)
    const { abort } = this
    this.fail(error)
    abort?.(error)
  }

  /** True the first time. */
  #finish(): boolean {
    if (this.#isDone) return false
    this.#isDone = true
    // Callers may keep the exchange: it must not keep the request, its response and their buffers.
    this.abort = undefined
    clearTimeout(this.#timer)
    this.#settle()
    return true
  }
}

function expire(exchange: OpenExchange, timeoutMs: number): void {
  // If this process was held up, timers run before sockets are read, and the response may be waiting
  // there. An immediate runs after both.
  setImmediate(() => {
    exchange.giveUp('timeout', `no complete response within ${formatDuration(timeoutMs)}`)
  })
}

/** The requests of a transport, until it is closed and the last of them has ended. */
export class OpenExchanges {
  readonly #maxBytes: number
  #count = 0
  #onEmpty: (() => void) | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** After {@link close}, the exchange has failed already. */
  add(timeoutMs: number): OpenExchange {
    this.#count += 1
    const exchange = new OpenExchange(timeoutMs, this.#maxBytes, () => {
      this.#count -= 1
      if (this.#count === 0) this.#onEmpty?.()
    })
    if (this.#onEmpty !== undefined) exchange.giveUp('unreachable', 'the client is closed')
    return exchange
  }

  /** Resolves when all requests have ended. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve
      if (this.#count === 0) resolve()
    })
  }
}
