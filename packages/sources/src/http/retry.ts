/** When a failed request of a page is sent again. */
import { setTimeout as delay } from 'node:timers/promises'
import { HttpError } from './errors.ts'

/** Attempts of one page. */
const MAX_ATTEMPTS = 6
/** Attempts while the server has not responded at all: the address is probably wrong. */
const MAX_FIRST_ATTEMPTS = 3
/** Retries of a whole reading. A page that succeeds gives one back. */
const BUDGET = 50

/** The n-th delay is a random part, from half, of `base * 2^(n-1)`, at most `cap`. */
const BACKOFF = { baseMs: 500, capMs: 30_000 } as const

/** The longest time that a server may ask to wait. */
const MAX_WAIT_MS = 5 * 60_000

export interface RetryOptions {
  readonly signal: AbortSignal
  readonly onRetry?: ((reason: string) => void) | undefined
  /** Replaced in tests. */
  readonly wait?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined
}

export class Retries {
  readonly #options: RetryOptions
  #budget = BUDGET
  #hasResponded = false

  constructor(options: RetryOptions) {
    this.#options = options
  }

  /** Notes that a page was read. */
  succeed(): void {
    this.#hasResponded = true
    this.#budget = Math.min(BUDGET, this.#budget + 1)
  }

  /**
   * Waits before the next attempt.
   *
   * @param attempts of this page so far
   * @throws the error, if it is final
   */
  async pause(error: unknown, attempts: number): Promise<void> {
    if (!(error instanceof HttpError) || !error.isTransient) throw error
    this.#hasResponded ||= error.hasResponse
    const most = this.#hasResponded ? MAX_ATTEMPTS : MAX_FIRST_ATTEMPTS
    const { waitMs = 0 } = error
    if (waitMs > MAX_WAIT_MS) {
      throw final(error, `asks to wait ${seconds(waitMs)}, more than ${seconds(MAX_WAIT_MS)}`)
    }
    if (attempts >= most) throw final(error, `tried ${attempts} times`)
    if (this.#budget === 0) throw final(error, 'too many requests of this reading failed')
    this.#budget -= 1
    const { signal, onRetry, wait = sleep } = this.#options
    const longest = Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** (attempts - 1))
    const ms = Math.max(waitMs, longest * (0.5 + Math.random() / 2))
    onRetry?.(`${error.message}; waiting ${seconds(ms)}`)
    await wait(ms, signal)
    signal.throwIfAborted()
  }
}

/** Not transient: it was tried often enough, so that the caller need not begin again. */
function final({ code, message, hint, waitMs, cause }: HttpError, why: string): HttpError {
  return new HttpError(code, `${message} (${why})`, { hint, waitMs, cause })
}

function seconds(ms: number): string {
  const rounded = ms < 10_000 ? Math.ceil(ms / 100) / 10 : Math.ceil(ms / 1000)
  return `${rounded} s`
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal })
  } catch {
    throw signal.reason
  }
}
