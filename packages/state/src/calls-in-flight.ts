/**
 * The calls in flight of all replicas, so that one can cancel a call that another has received. A cancel is
 * a note, which the replica with the call finds soon: it looks for the notes of its calls while it has
 * some. So a cancel that arrives before its call is found too, and no connection is kept open for it.
 */
import type { Notes } from './notes/notes.ts'

export interface CallsInFlight {
  /**
   * Names a call while it is in flight.
   *
   * @param name of one call alone, whoever makes it
   * @param onCancel called once, soon after {@link cancel}
   */
  open(name: string, onCancel: () => void): Disposable
  /** Cancels the call of this name, in whatever process. @throws StorageError */
  cancel(name: string): Promise<void>
}

const CHECK_EVERY_MS = 200
/** Longer than any call. */
const CANCEL_SECONDS = 600

/** @param notes of the kind `cancelled`, the same for all replicas */
export class NotedCalls implements CallsInFlight {
  readonly #notes: Notes
  readonly #calls = new Map<string, Set<() => void>>()
  #isChecking = false

  constructor(notes: Notes) {
    this.#notes = notes
  }

  open(name: string, onCancel: () => void): Disposable {
    const equal = this.#calls.get(name) ?? new Set()
    const cancel = (): void => {
      equal.delete(cancel)
      onCancel()
    }
    this.#calls.set(name, equal.add(cancel))
    if (!this.#isChecking) void this.#check()
    return {
      [Symbol.dispose]: () => {
        equal.delete(cancel)
        if (equal.size === 0 && this.#calls.get(name) === equal) this.#calls.delete(name)
      },
    }
  }

  async cancel(name: string): Promise<void> {
    if (!this.#cancelHere(name)) await this.#notes.put(name, name, CANCEL_SECONDS)
  }

  #cancelHere(name: string): boolean {
    const here = [...(this.#calls.get(name) ?? [])]
    for (const cancel of here) cancel()
    return here.length > 0
  }

  /** Checks for cancels as long as there are calls. */
  async #check(): Promise<void> {
    this.#isChecking = true
    while (this.#calls.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_EVERY_MS).unref())
      // What cannot be read now may be read at the next check.
      const names = await this.#notes.list([...this.#calls.keys()]).catch(() => [])
      for (const name of names) this.#cancelHere(name)
    }
    this.#isChecking = false
  }
}
