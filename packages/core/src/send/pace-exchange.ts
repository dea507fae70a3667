/**
 * Exchanges reports with the other clients of a token while requests are sent. The rules are in
 * pace-sharing.ts and pace-member.ts; here they get a clock and a network. No request ever waits for
 * an exchange.
 */
import type { Gate } from './gate.ts'
import { NEWS_MS, PaceMember } from './pace-member.ts'
import type { PaceSharing } from './pace-sharing.ts'

/** Closing a client waits this long for the others to know. */
const LEAVE_MS = 500

export class PaceExchange {
  readonly #sharing: PaceSharing
  readonly #member: PaceMember
  #timer: ReturnType<typeof setInterval> | undefined
  /** The exchange in flight, or the leaving. */
  #pending: Promise<void> | undefined
  #hasJoined = false
  #isClosed = false

  constructor(gate: Gate, sharing: PaceSharing) {
    this.#sharing = sharing
    this.#member = new PaceMember(gate)
  }

  /** A request is about to be sent. */
  wake(): void {
    if (this.#timer !== undefined || this.#isClosed) return
    this.#timer = setInterval(() => this.#tick(), NEWS_MS)
    this.#timer.unref()
    // Others may know what the first requests need to know.
    this.#run(() => this.#exchange())
  }

  /** Leaves the group. It waits for that half a second at most. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#sleep()
    if (!this.#hasJoined) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LEAVE_MS)
    })
    await Promise.race([this.#leaveAtLast(), end])
    clearTimeout(timer)
  }

  #tick(): void {
    const due = this.#member.due(performance.now())
    if (due === 'exchange') this.#run(() => this.#exchange())
    if (due !== 'leave') return
    this.#sleep()
    this.#run(() => this.#leave())
  }

  #sleep(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Unless something is in flight. What fails is tried again later: the client continues alone. */
  #run(task: () => Promise<void>): void {
    this.#pending ??= task()
      .catch(() => undefined)
      .finally(() => {
        this.#pending = undefined
      })
  }

  async #exchange(): Promise<void> {
    this.#hasJoined = true
    const report = this.#member.report(performance.now())
    const group = await this.#sharing.exchange(report)
    this.#member.exchanged(report, group, performance.now())
  }

  async #leave(): Promise<void> {
    this.#member.left()
    await this.#sharing.leave()
  }

  /** An exchange in flight would join again. */
  async #leaveAtLast(): Promise<void> {
    await this.#pending
    await this.#leave().catch(() => undefined)
  }
}
