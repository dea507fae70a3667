import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** A stream that is waited for when it is full. */
export class Output {
  readonly #out: Writable
  readonly #signal: AbortSignal | undefined

  constructor(out: Writable, signal?: AbortSignal) {
    this.#out = out
    this.#signal = signal
  }

  /** @throws what the stream failed with, or the signal's reason */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.#out.errored) throw this.#out.errored
    this.#signal?.throwIfAborted()
    if (data.length === 0 || this.#out.write(data)) return
    await once(this.#out, 'drain', this.#signal === undefined ? {} : { signal: this.#signal })
  }
}
