import type { Context } from '../context.ts'

/** Milliseconds between two progress events. */
const EVENT_MS = 1_000

/** Events under `--json`: one JSON object per line. */
export class Events {
  readonly #context: Pick<Context, 'json' | 'out'>
  #at = performance.now()

  constructor(context: Pick<Context, 'json' | 'out'>) {
    this.#context = context
  }

  async event(event: string, facts: object): Promise<void> {
    const { json, out } = this.#context
    if (json) await out.write(`${JSON.stringify({ event, ...facts })}\n`)
  }

  /** Writes a progress event at most every {@link EVENT_MS}. */
  progress(facts: object): void {
    if (!this.#context.json || performance.now() - this.#at < EVENT_MS) return
    this.#at = performance.now()
    void this.event('progress', facts)
  }
}
