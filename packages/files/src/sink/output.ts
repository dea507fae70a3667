import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Writes to a stream and waits while it is full. */
export class Output {
  readonly #out: Writable
  readonly #signal: AbortSignal | undefined

  constructor(out: Writable, signal?: AbortSignal) {
    this.#out = out
    this.#signal = signal
  }

  /** @throws the error of the stream, or the reason of the signal */
  async write(data: string | Uint8Array): Promise<void> {
    if (this.#out.errored) throw this.#out.errored
    this.#signal?.throwIfAborted()
    if (data.length === 0 || this.#out.write(data)) return
    await once(this.#out, 'drain', this.#signal === undefined ? {} : { signal: this.#signal })
  }
}
