/** Lets other work of the process run while a file is read. */
import { setImmediate } from 'node:timers/promises'

/** How long reading may compute before other work gets its turn, in milliseconds. */
const TURN_MS = 20

/**
 * Reading that is all computing, from bytes that are in memory, would hold up every timer and socket
 * of the process, since promises alone never let them run.
 */
export class Turns {
  #since = performance.now()

  /** Whether to call {@link pass} now. The time of the caller between rows counts too. */
  get isDue(): boolean {
    return performance.now() - this.#since > TURN_MS
  }

  /** Lets timers and sockets run. */
  async pass(): Promise<void> {
    await setImmediate()
    this.#since = performance.now()
  }
}

/**
 * The same items, with a turn for others between two of them when it is time.
 *
 * @param close called after the last item, or when the caller ends early
 */
export async function* yielding<Item>(
  items: AsyncIterable<Item>,
  close?: () => Promise<void>,
): AsyncGenerator<Item, void, undefined> {
  const turns = new Turns()
  try {
    for await (const item of items) {
      yield item
      if (turns.isDue) await turns.pass()
    }
  } finally {
    await close?.()
  }
}
