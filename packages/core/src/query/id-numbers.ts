/**
 * A number for each of very many ids. A Map of strings takes some 100 bytes for each; here a UUID, as
 * gateways write it, takes some 32: its 128 bits and the number, in hash tables with open addressing.
 * There are several, which grow at different times, so that little is held twice. Any other id goes
 * into a Map.
 */
export class IdNumbers {
  readonly #shards: Shard[] = []
  readonly #others = new Map<string, number>()
  #uuids = 0

  get size(): number {
    return this.#uuids + this.#others.size
  }

  get(id: string): number | undefined {
    if (!readUuid(id)) return this.#others.get(id)
    const shard = this.#shards[hashOf(WORDS) % SHARDS]
    return shard?.get()
  }

  /** @param value a whole number from 0, below 2^32 - 1 */
  set(id: string, value: number): void {
    if (!readUuid(id)) {
      this.#others.set(id, value)
      return
    }
    const index = hashOf(WORDS) % SHARDS
    let shard = this.#shards[index]
    if (shard === undefined) {
      shard = new Shard(Math.round(FIRST_PLACES * GROWTH ** (index / SHARDS)))
      this.#shards[index] = shard
    }
    if (shard.set(value)) this.#uuids += 1
  }
}

const SHARDS = 32
/** Four words of the UUID, and the number plus 1: zero is an empty place. */
const WIDTH = 5
const FIRST_PLACES = 16
const GROWTH = 1.5
const MOST_FILLED = 0.75

/** The UUID that was read last; not one array for each. */
const WORDS = new Uint32Array(4)

class Shard {
  #table: Uint32Array
  #filled = 0

  constructor(places: number) {
    this.#table = new Uint32Array(places * WIDTH)
  }

  /** The number of the UUID in {@link WORDS}. */
  get(): number | undefined {
    const value = this.#table[placeOf(this.#table, WORDS) + 4] ?? 0
    return value === 0 ? undefined : value - 1
  }

  /** @returns whether the UUID is new */
  set(value: number): boolean {
    let at = placeOf(this.#table, WORDS)
    const isNew = this.#table[at + 4] === 0
    if (isNew) {
      if ((this.#filled + 1) * WIDTH > this.#table.length * MOST_FILLED) {
        this.#table = grown(this.#table)
        at = placeOf(this.#table, WORDS)
      }
      this.#filled += 1
      this.#table.set(WORDS, at)
    }
    this.#table[at + 4] = value + 1
    return isNew
  }
}

function grown(table: Uint32Array): Uint32Array {
  const larger = new Uint32Array(Math.ceil((table.length / WIDTH) * GROWTH) * WIDTH)
  for (let at = 0; at < table.length; at += WIDTH) {
    if (table[at + 4] === 0) continue
    const entry = table.subarray(at, at + WIDTH)
    larger.set(entry, placeOf(larger, entry))
  }
  return larger
}

/** Where a UUID stands in a table, or the empty place where it belongs. */
function placeOf(table: Uint32Array, words: Uint32Array): number {
  // The shard took the lower bits.
  let at = (Math.floor(hashOf(words) / SHARDS) % (table.length / WIDTH)) * WIDTH
  while (table[at + 4] !== 0 && !holds(table, at, words)) {
    at += WIDTH
    if (at === table.length) at = 0
  }
  return at
}

function holds(table: Uint32Array, at: number, words: Uint32Array): boolean {
  return (
    table[at] === words[0] &&
    table[at + 1] === words[1] &&
    table[at + 2] === words[2] &&
    table[at + 3] === words[3]
  )
}

/** UUIDs may be random or counted up; mixed, either are spread. */
function hashOf(words: Uint32Array): number {
  let hash = 0
  for (let index = 0; index < 4; index += 1) {
    hash = Math.imul(hash ^ (words[index] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** Puts a UUID in its canonical form into {@link WORDS}; false for anything else. */
function readUuid(id: string): boolean {
  if (id.length !== 36) return false
  let word = 0
  let digits = 0
  for (let at = 0; at < 36; at += 1) {
    const code = id.charCodeAt(at)
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (code !== 45) return false
      continue
    }
    const digit = code >= 97 && code <= 102 ? code - 87 : code - 48
    if (digit < 0 || digit > 15 || (code > 57 && code < 97)) return false
    word = (word << 4) | digit
    digits += 1
    if (digits % 8 === 0) WORDS[digits / 8 - 1] = word
  }
  return true
}
