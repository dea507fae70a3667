/** Keeps something up to date: runs it again and again, also through outages. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface MirrorLoopOptions<Report> {
  /** One run. What it throws is reported, and it is tried again. */
  readonly run: () => Promise<Report>
  /** Time between the starts of two runs, in milliseconds. */
  readonly everyMs: number
  /** Whether an error of the first run may go away by itself; any other ends the loop. */
  readonly isTransient: (error: unknown) => boolean
  readonly onRun: (report: Report) => Promise<void>
  /** Called for the first of several runs that fail alike. */
  readonly onFailure: (error: unknown) => Promise<void>
  /** Called for the first run after failures. */
  readonly onRecovery: (outageMs: number) => Promise<void>
  /** Ends the loop. */
  readonly signal: AbortSignal
  readonly wait?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined
  /** A number from 0 to below 1. */
  readonly random?: (() => number) | undefined
}

/** The first wait after a failure; each further one is twice as long. */
const MIN_RETRY_MS = 1_000
const MAX_RETRY_MS = 60_000
/** Waits differ by this share, so that mirrors do not ask a gateway in step. */
const JITTER = 0.1

/**
 * Runs until the signal is aborted.
 *
 * @throws the reason of the abort, and an error of the first run that is not transient
 */
export async function keepMirrored<Report>(options: MirrorLoopOptions<Report>): Promise<never> {
  const { run, everyMs, signal } = options
  const wait = options.wait ?? ((ms) => sleep(ms, undefined, { signal }))
  const outage = new Outage(options)
  for (;;) {
    signal.throwIfAborted()
    const startedAt = performance.now()
    try {
      const report = await run()
      await outage.end()
      await options.onRun(report)
    } catch (error) {
      signal.throwIfAborted()
      await outage.note(error)
    }
    const next = outage.retryMs ?? everyMs - (performance.now() - startedAt)
    await wait(jittered(Math.max(0, Math.min(next, everyMs)), options.random), signal)
  }
}

type OutageOptions = Pick<MirrorLoopOptions<never>, 'isTransient' | 'onFailure' | 'onRecovery'>

/** Runs that fail in a row. */
class Outage {
  readonly #options: OutageOptions
  #startedAt: number | undefined
  #failures = 0
  #message = ''
  #isFirstRun = true

  constructor(options: OutageOptions) {
    this.#options = options
  }

  /** How long to wait before the next attempt; undefined without an outage. */
  get retryMs(): number | undefined {
    if (this.#failures === 0) return undefined
    return Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** (this.#failures - 1))
  }

  /** @throws the error of a first run that is not transient */
  async note(error: unknown): Promise<void> {
    if (this.#isFirstRun && !this.#options.isTransient(error)) throw error
    this.#startedAt ??= performance.now()
    this.#failures += 1
    const message = error instanceof Error ? error.message : String(error)
    if (message === this.#message) return
    this.#message = message
    await this.#options.onFailure(error)
  }

  async end(): Promise<void> {
    this.#isFirstRun = false
    if (this.#startedAt === undefined) return
    const tookMs = performance.now() - this.#startedAt
    this.#startedAt = undefined
    this.#failures = 0
    this.#message = ''
    await this.#options.onRecovery(tookMs)
  }
}

function jittered(ms: number, random = Math.random): number {
  return ms * (1 - JITTER + 2 * JITTER * random())
}
