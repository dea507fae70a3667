/** Number of ids that are kept in the Map. */
const FEW = 5_000
const SHARDS = 32
/** Four words of the UUID, and the number plus 1: zero is an empty slot. */
const WIDTH = 5
const FIRST_PLACES = 256
const GROWTH = 1.5
const MAX_LOAD = 0.75

/**
 * A number for each of very many ids. A Map of strings takes about 100 bytes per id. So after the
 * first ids (which are all there are in most reads) a UUID takes about 32 bytes: its 128 bits and
 * the number, in several hash tables with open addressing that grow at different times. Other ids
 * stay in the Map.
 */
export class IdNumbers {
  readonly #few: number
  readonly #map = new Map<string, number>()
  readonly #tables: Uint32Array[] = []
  readonly #filled: number[] = []
  #uuids = 0

  constructor(few: number = FEW) {
    this.#few = few
  }

  get size(): number {
    return this.#map.size + this.#uuids
  }

  /**
   * Sets the number of an id (an integer from 0 and below 2^32 - 1), and returns the previous one.
   */
  put(id: string, value: number): number | undefined {
    const known = this.#map.get(id)
    if (known !== undefined || this.#map.size < this.#few || !UUID.test(id)) {
      this.#map.set(id, value)
      return known
    }
    const words = wordsOf(id)
    const shard = hashOf(words) % SHARDS
    let table = this.#tables[shard] ?? emptyTable(FIRST_PLACES * GROWTH ** (shard / SHARDS))
    let at = placeOf(table, words)
    const before = table[at + 4] ?? 0
    if (before === 0) {
      this.#uuids += 1
      const count = (this.#filled[shard] ?? 0) + 1
      this.#filled[shard] = count
      if (count * WIDTH > table.length * MAX_LOAD) {
        table = grown(table)
        at = placeOf(table, words)
      }
      table.set(words, at)
    }
    table[at + 4] = value + 1
    this.#tables[shard] = table
    return before === 0 ? undefined : before - 1
  }
}

function emptyTable(places: number): Uint32Array {
  return new Uint32Array(Math.ceil(places) * WIDTH)
}

function grown(table: Uint32Array): Uint32Array {
  const larger = emptyTable((table.length / WIDTH) * GROWTH)
  for (let at = 0; at < table.length; at += WIDTH) {
    if (table[at + 4] === 0) continue
    const entry = table.subarray(at, at + WIDTH)
    larger.set(entry, placeOf(larger, entry))
  }
  return larger
}

/** The slot of a UUID in a table, or the empty slot where it belongs. */
function placeOf(table: Uint32Array, words: Uint32Array): number {
  // The shard uses the lower bits.
  let at = (Math.floor(hashOf(words) / SHARDS) % (table.length / WIDTH)) * WIDTH
  while (table[at + 4] !== 0 && [0, 1, 2, 3].some((n) => table[at + n] !== words[n])) {
    at = (at + WIDTH) % table.length
  }
  return at
}

/** UUIDs may be random or sequential; the hash spreads both. */
function hashOf(words: Uint32Array): number {
  let hash = 0
  for (let n = 0; n < 4; n += 1) {
    hash = Math.imul(hash ^ (words[n] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return Math.imul(hash, 0x85ebca6b) >>> 0
}

/** The form that gateways write. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

function wordsOf(uuid: string): Uint32Array {
  const digits = uuid.replaceAll('-', '')
  return Uint32Array.of(...[0, 8, 16, 24].map((at) => Number(`0x${digits.slice(at, at + 8)}`)))
}
