/** What a worker prints: one line for each event, as JSON with `--json`. */
import type { QueueEvent, Verdict } from '@chatlayer-tables/state'
import type { Context } from '../context.ts'
import { describeFailure } from '../failures.ts'
import { shortId, timeOf } from './queued-job-text.ts'

export class WorkerLog {
  readonly #context: Pick<Context, 'json' | 'out' | 'messages'>
  /** Keeps the order of the output. */
  #queued = Promise.resolve()

  constructor(context: Pick<Context, 'json' | 'out' | 'messages'>) {
    this.#context = context
  }

  /** Waits until all is written. */
  async end(): Promise<void> {
    await this.#queued
  }

  /** @param text without secrets, for a person */
  event(event: string, text: string, facts: object = {}): void {
    const at = new Date().toISOString()
    const { json, out, messages } = this.#context
    this.#queued = this.#queued.then(async () => {
      // A log that nobody reads any more does not end a worker.
      if (json)
        await out.write(`${JSON.stringify({ event, at, ...facts })}\n`).catch(() => undefined)
      else await messages.note(`${timeOf(Date.parse(at))} ${text}`)
    })
  }

  /** A line of the log of an order. */
  line(id: string, text: string): void {
    this.event('line', `${shortId(id)}: ${text}`, { id, text })
  }

  queueEvent(event: QueueEvent): void {
    if (event.event === 'error') this.#error(event.error)
    else if (event.event === 'recovered') this.event('recovered', 'the database responds again')
    else this.#orderEvent(event)
  }

  #orderEvent(event: Extract<QueueEvent, { claim: unknown }>): void {
    const { id, order, attempt, failures } = event.claim
    const { name } = order
    const short = shortId(id)
    if (event.event === 'taken') {
      const again = attempt === 0 ? '' : `, attempt ${attempt + 1}`
      this.event('taken', `${short}: took ${name}${again}`, { id, name, attempt, failures })
      return
    }
    const { verdict, settled } = event
    const reason = 'reason' in verdict ? verdict.reason : undefined
    const result = 'result' in verdict ? verdict.result : undefined
    const { end, afterMs } = settled
    this.event('ended', `${short}: ${endText(settled.end, verdict, afterMs)}`, {
      ...{ id, name, attempt, end, reason, result },
      ...(afterMs === undefined ? {} : { afterMs }),
    })
  }

  #error(error: unknown): void {
    const message = describeFailure(error)?.message ?? String(error)
    this.event('error', `the queue cannot be used now: ${message}`, {
      message: this.#context.messages.redact(message),
    })
  }
}

function endText(end: string, verdict: Verdict, afterMs: number | undefined): string {
  const reason = 'reason' in verdict ? `: ${verdict.reason}` : ''
  const again = afterMs === undefined ? '' : `; again in ${Math.ceil(afterMs / 1_000)} s`
  switch (end) {
    case 'done':
      return 'done'
    case 'retry':
      return `failed${reason}${again}`
    case 'back':
      return `put back${reason}${again}`
    case 'lost':
      return 'cancelled, or another worker has it'
    default:
      return `${end}${reason}`
  }
}
