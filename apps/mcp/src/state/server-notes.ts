/**
 * The notes of a server. Where the state folder cannot be written they are kept in memory, as before there
 * was a folder; a database that cannot be reached is an error, since other replicas may have notes there.
 */
import type { NoteKind, Notes } from '@chatlayer-tables/state'
import { type Logger, reasonOf } from '../logger.ts'
import { MemoryNotes } from './memory-notes.ts'
import type { ServerState } from './server-state.ts'

export class ServerNotes {
  readonly #state: ServerState
  readonly #log: Logger
  readonly #memory = new MemoryNotes()
  #isReported = false

  constructor(state: ServerState, log: Logger) {
    this.#state = state
    this.#log = log
  }

  /** Those of this process alone. */
  own(kind: NoteKind, owner: string): Notes {
    return this.#memory.of(kind, owner)
  }

  /** Those that replicas share. */
  shared(kind: NoteKind, owner: string): Notes {
    const memory = this.#memory.of(kind, owner)
    /** Those of the state; if there is only a folder, and it cannot be used, those of the memory. */
    const either = async <T>(act: (notes: Notes) => Promise<T>): Promise<T> => {
      try {
        return await act((await this.#state.open()).notes(kind, owner))
      } catch (error) {
        if (this.#state.isShared) throw error
        this.#report(error)
        return act(memory)
      }
    }
    return {
      add: async (...note) =>
        (await memory.get(note[0])) === undefined && (await either((notes) => notes.add(...note))),
      put: (...note) => either((notes) => notes.put(...note)),
      get: async (key) => (await memory.get(key)) ?? (await either((notes) => notes.get(key))),
      async list(keys) {
        const known = await memory.list(keys)
        return either(async (notes) =>
          notes === memory ? known : [...known, ...(await notes.list(keys))],
        )
      },
      async remove(key) {
        await memory.remove(key)
        await either((notes) => notes.remove(key))
      },
      async clear() {
        await memory.clear()
        await either((notes) => notes.clear())
      },
    }
  }

  #report(error: unknown): void {
    if (this.#isReported) return
    this.#isReported = true
    this.#log.warn(
      `calls that wait for a confirmation are kept in memory alone: ${reasonOf(error)}`,
    )
  }
}
