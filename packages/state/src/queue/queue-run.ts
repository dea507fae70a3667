/** One order that this worker carries out: what it is told, and what it tells. */
import type { Claims, RunNews } from './claims.ts'
import type { Claim } from './queue-types.ts'

/** Why a run is to end: the worker stops, the order was cancelled, or another worker has it. */
export class RunStopped extends Error {
  override readonly name = 'RunStopped'
  readonly reason: 'drained' | 'gone'

  constructor(reason: RunStopped['reason']) {
    super(reason === 'drained' ? 'the worker stops' : 'cancelled, or taken over by another worker')
    this.reason = reason
  }
}

export class QueueRun {
  readonly claim: Claim
  /** Whether one more failure is the end of the order. */
  readonly isLastAttempt: boolean
  readonly #claims: Claims
  readonly #stop = new AbortController()
  readonly #abort = new AbortController()
  #lines: string[] = []
  #progress: object | undefined
  #job: string | undefined
  #isGone = false

  constructor(claims: Claims, claim: Claim) {
    this.#claims = claims
    this.claim = claim
    this.isLastAttempt = claims.isLastAttempt(claim)
  }

  /** Aborts when the run is to come to a safe point and end. Its reason is a {@link RunStopped}. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  /** Aborts when the run is to end at once. */
  get abort(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether the order was cancelled, or another worker has it. */
  get isGone(): boolean {
    return this.#isGone
  }

  /** Adds a line to the log of the order. No secrets. */
  line(text: string): void {
    this.#lines.push(text)
  }

  /** Replaces the progress of the order. Plain data. */
  progress(progress: object): void {
    this.#progress = { ...progress }
  }

  /** Names the job of the `JobStore` that carries the order out. */
  job(id: string): void {
    this.#job = id
  }

  /** Called by the worker. */
  end(reason: RunStopped['reason']): void {
    if (reason === 'gone') this.#isGone = true
    this.#stop.abort(new RunStopped(reason))
  }

  /** Called by the worker. */
  endNow(): void {
    this.#abort.abort(new RunStopped('drained'))
  }

  /** Keeps what is new; what cannot be kept stays for the next time. */
  async flush(): Promise<void> {
    const news: RunNews = { lines: this.#lines, progress: this.#progress, job: this.#job }
    const isNothing = news.lines.length === 0 && news.progress === undefined
    if (isNothing && news.job === undefined) return
    this.#lines = []
    this.#progress = undefined
    this.#job = undefined
    try {
      await this.#claims.keep(this.claim, news)
    } catch (error) {
      this.#lines = [...news.lines, ...this.#lines]
      this.#progress ??= news.progress
      this.#job ??= news.job
      throw error
    }
  }
}
