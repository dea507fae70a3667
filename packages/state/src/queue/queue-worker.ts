/** Takes orders from the queue, and carries out some at a time, until it is stopped. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Claims, Settled } from './claims.ts'
import type { Queue } from './queue.ts'
import { QueueRun } from './queue-run.ts'
import type { Claim, QueueWorkerName, Verdict } from './queue-types.ts'

export interface QueueWorkerOptions {
  readonly queue: Queue
  readonly name: QueueWorkerName
  /** How many orders at a time. */
  readonly concurrency: number
  /** Carries out one order. What it throws is a failure for good. */
  readonly carryOut: (run: QueueRun) => Promise<Verdict>
  readonly onEvent?: ((event: QueueEvent) => void) | undefined
  /** Whether it ends when no order can be taken any more. */
  readonly once?: boolean | undefined
  /** Milliseconds between two looks at an empty queue (default: 1000). */
  readonly pollMs?: number | undefined
}

export type QueueEvent =
  | { readonly event: 'taken'; readonly claim: Claim }
  | {
      readonly event: 'ended'
      readonly claim: Claim
      readonly settled: Settled
      readonly verdict: Verdict
    }
  /** The database did not respond, or refused: the worker tries again. */
  | { readonly event: 'error'; readonly error: unknown }
  | { readonly event: 'recovered' }

/** Milliseconds between two signs of life, and between two prunings. */
const TICK_MS = 2_000
const PRUNE_MS = 600_000

/** Time to come to a safe point: rows in flight, and their states. */
const SAFE_POINT_MS = 8_000

const MAX_ERROR_DELAY_MS = 10_000

export class QueueWorker {
  readonly #options: QueueWorkerOptions
  readonly #claims: Claims
  readonly #runs = new Map<QueueRun, Promise<void>>()
  readonly #stopping = new AbortController()
  #wake = Promise.withResolvers<void>()
  #errors = 0
  #okAt = 0
  #prunedAt = 0

  constructor(options: QueueWorkerOptions) {
    this.#options = options
    this.#claims = options.queue.claims(options.name)
  }

  /** The orders that are being carried out. */
  get running(): readonly QueueRun[] {
    return [...this.#runs.keys()]
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  /** Milliseconds since the database last responded to this worker; undefined before it ever did. */
  get sinceOkMs(): number | undefined {
    return this.#okAt === 0 ? undefined : performance.now() - this.#okAt
  }

  /** Takes orders until {@link drain} is called and what runs has ended. */
  async run(): Promise<void> {
    const ticking = this.#tick()
    try {
      while (!this.isStopping) {
        if (this.#runs.size >= this.#options.concurrency) await this.#pause(TICK_MS)
        else if (!(await this.#takeOne())) {
          if (this.#options.once === true && this.#runs.size === 0 && this.#errors === 0) break
          await this.#pause(this.#delay())
        }
      }
      while (this.#runs.size > 0) await Promise.all(this.#runs.values())
    } finally {
      this.#stopping.abort()
      await ticking
    }
  }

  /**
   * Takes no more orders, and lets what runs come to its end.
   *
   * @param withinMs after which it is to come to a safe point, see {@link hurry}
   */
  drain(withinMs: number): void {
    if (this.isStopping) return
    this.#stopping.abort()
    this.#wakeUp()
    setTimeout(() => this.hurry(), withinMs).unref()
  }

  /** Lets what runs come to a safe point; after some seconds it ends at once. Other workers resume it. */
  hurry(): void {
    this.drain(0)
    for (const run of this.running) run.end('drained')
    setTimeout(() => {
      for (const run of this.running) run.endNow()
    }, SAFE_POINT_MS).unref()
  }

  /** @returns whether there was one */
  async #takeOne(): Promise<boolean> {
    try {
      const claim = await this.#claims.take()
      this.#isWell()
      if (claim === undefined) return false
      if (this.isStopping) {
        await this.#claims.settle(claim, { end: 'back', reason: 'the worker stops', afterMs: 0 })
        return false
      }
      const run = new QueueRun(this.#claims, claim)
      this.#options.onEvent?.({ event: 'taken', claim })
      const carried = this.#carryOut(run).finally(() => {
        this.#runs.delete(run)
        this.#wakeUp()
      })
      this.#runs.set(run, carried)
      return true
    } catch (error) {
      this.#isUnwell(error)
      return false
    }
  }

  async #carryOut(run: QueueRun): Promise<void> {
    const { claim } = run
    const verdict = await this.#verdictOf(run)
    try {
      await run.flush()
      const settled = await this.#claims.settle(claim, verdict)
      this.#options.onEvent?.({ event: 'ended', claim, settled, verdict })
    } catch (error) {
      // Its claim runs out, and another worker finds out how far it came.
      this.#isUnwell(error)
      this.#options.onEvent?.({ event: 'ended', claim, settled: { end: 'lost' }, verdict })
    }
  }

  async #verdictOf(run: QueueRun): Promise<Verdict> {
    try {
      return await this.#options.carryOut(run)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { end: 'failed', reason }
    }
  }

  /** Shows at intervals that this worker lives, and keeps what its runs tell. */
  async #tick(): Promise<void> {
    while (!this.isStopping || this.#runs.size > 0) {
      const { signal } = this.#stopping
      await wait(TICK_MS, undefined, this.#runs.size > 0 ? {} : { signal }).catch(() => undefined)
      try {
        await this.#showLife()
        if (performance.now() - this.#prunedAt > PRUNE_MS) {
          this.#prunedAt = performance.now()
          await this.#options.queue.prune()
        }
      } catch (error) {
        this.#isUnwell(error)
      }
    }
  }

  async #showLife(): Promise<void> {
    const runs = this.running
    if (runs.length === 0) return
    const held = await this.#claims.touch(runs.map(({ claim }) => claim))
    this.#isWell()
    for (const run of runs) {
      // One that has just ended is not held any more either.
      if (this.#runs.has(run) && !held.has(run.claim.id)) run.end('gone')
      await run.flush()
    }
  }

  #isWell(): void {
    this.#okAt = performance.now()
    if (this.#errors === 0) return
    this.#errors = 0
    this.#options.onEvent?.({ event: 'recovered' })
  }

  #isUnwell(error: unknown): void {
    if (this.#errors++ === 0) this.#options.onEvent?.({ event: 'error', error })
  }

  #delay(): number {
    const { pollMs = 1_000 } = this.#options
    const delay = Math.min(MAX_ERROR_DELAY_MS, pollMs * 2 ** Math.min(this.#errors, 10))
    return delay * (0.75 + Math.random() * 0.5)
  }

  async #pause(ms: number): Promise<void> {
    const timer = new AbortController()
    await Promise.race([
      wait(ms, undefined, { signal: timer.signal }).catch(() => undefined),
      this.#wake.promise,
    ])
    timer.abort()
    this.#wake = Promise.withResolvers()
  }

  #wakeUp(): void {
    this.#wake.resolve()
  }
}
