import type { Context } from '../context.ts'

/** Between two progress events. */
const EVENT_MS = 1_000

/** What happens, one JSON object a line, under `--json`. */
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

  /** Now and then, however often it is called. */
  progress(facts: object): void {
    if (!this.#context.json || performance.now() - this.#at < EVENT_MS) return
    this.#at = performance.now()
    void this.event('progress', facts)
  }
}
