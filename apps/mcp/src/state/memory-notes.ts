/** Notes of this process alone. */
import type { NoteKind, Notes } from '@chatlayer-tables/state'

/** Of one kind and owner; the oldest are forgotten. */
const MAX_NOTES = 400
/** Of all. */
const MAX_LENGTH = 20_000_000

interface Note {
  readonly text: string
  readonly until: number
}

export class MemoryNotes {
  readonly #places = new Map<string, Map<string, Note>>()

  of(kind: NoteKind, owner: string): Notes {
    const place = `${kind} ${owner}`
    const found = () => this.#current(place)
    const put = (key: string, text: string, seconds: number): void => {
      const notes = found()
      notes.delete(key)
      notes.set(key, { text, until: Date.now() + seconds * 1_000 })
      this.#places.set(place, notes)
      this.#limit(notes)
    }
    return {
      async add(key, text, seconds) {
        if (found().has(key)) return false
        put(key, text, seconds)
        return true
      },
      put: async (key, text, seconds) => put(key, text, seconds),
      get: async (key) => found().get(key)?.text,
      async list(keys) {
        const notes = found()
        const wanted = keys?.flatMap((key) => notes.get(key) ?? []) ?? [...notes.values()]
        return wanted.map(({ text }) => text)
      },
      remove: async (key) => void found().delete(key),
      clear: async () => found().clear(),
    }
  }

  #current(place: string): Map<string, Note> {
    const notes = this.#places.get(place) ?? new Map<string, Note>()
    const now = Date.now()
    for (const [key, { until }] of notes) if (until < now) notes.delete(key)
    if (notes.size === 0) this.#places.delete(place)
    return notes
  }

  #limit(notes: Map<string, Note>): void {
    const [oldest] = notes.keys()
    if (notes.size > MAX_NOTES && oldest !== undefined) notes.delete(oldest)
    let length = 0
    for (const others of this.#places.values()) {
      for (const { text } of others.values()) length += text.length
    }
    for (const [place, others] of this.#places) {
      for (const [key, { text }] of others) {
        if (length <= MAX_LENGTH) return
        length -= text.length
        others.delete(key)
      }
      this.#places.delete(place)
    }
  }
}
