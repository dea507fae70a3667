/** Estimates the number of different texts in little memory. Pure. */

/** 16,384 registers: a standard error of 0.8%. */
const INDEX_BITS = 14
const REGISTERS = 2 ** INDEX_BITS
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS)

/** HyperLogLog with a 32-bit hash, for up to some hundred million texts. */
export class DistinctEstimate {
  readonly #registers = new Uint8Array(REGISTERS)

  add(text: string): void {
    const hash = hashText(text)
    const index = hash >>> (32 - INDEX_BITS)
    const rank = Math.clz32((hash << INDEX_BITS) | (REGISTERS - 1)) + 1
    if (rank > (this.#registers[index] ?? 0)) this.#registers[index] = rank
  }

  get value(): number {
    let sum = 0
    let empty = 0
    for (const rank of this.#registers) {
      sum += 2 ** -rank
      if (rank === 0) empty += 1
    }
    const raw = (ALPHA * REGISTERS * REGISTERS) / sum
    if (raw <= 2.5 * REGISTERS && empty > 0) {
      return Math.round(REGISTERS * Math.log(REGISTERS / empty))
    }
    const space = 2 ** 32
    return Math.round(raw > space / 30 ? -space * Math.log(1 - raw / space) : raw)
  }
}

/** FNV-1a with the finalizer of MurmurHash3. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
