/** Hashes of what a plan was made of. */
import { createHash } from 'node:crypto'
import { type Column, stringifyJson } from '@chatlayer-tables/core'
import type { Difference } from '../compare/compare-types.ts'

/** A hash of many contents in any order: the sum of their hashes, and their number. */
export class ContentSum {
  #count = 0
  #high = 0n
  #low = 0n

  /** @param hash of one content, 16 bytes */
  add(hash: Uint8Array): void {
    const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength)
    this.#count++
    this.#high = BigInt.asUintN(64, this.#high + view.getBigUint64(0))
    this.#low = BigInt.asUintN(64, this.#low + view.getBigUint64(8))
  }

  /** @param about what the contents are of */
  digest(about: unknown): string {
    const sum = [this.#count, this.#high, this.#low].join(' ')
    return createHash('sha256')
      .update(JSON.stringify([about, sum]))
      .digest('hex')
  }
}

export function hashOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest().subarray(0, 16)
}

/** The digests of one sync, as they come together while it is planned. */
export class SyncDigests {
  readonly #source = new ContentSum()
  readonly #table = new ContentSum()
  readonly #writes = new ContentSum()

  addRecord(side: 'a' | 'b', place: string | number, content: Uint8Array): void {
    if (side === 'a') this.#source.add(content)
    else this.#table.add(hashOf(`${place} ${Buffer.from(content).toString('hex')}`))
  }

  /** @param difference one that is written */
  addWrite(difference: Difference): void {
    const { change } = difference
    const id = 'b' in difference && 'id' in difference.b ? difference.b.id : null
    const held =
      change === 'changed'
        ? [difference.before, difference.after, [...difference.fields]]
        : [difference.values]
    this.#writes.add(hashOf(stringifyJson([change, id, ...held])))
  }

  /** @param columns those that are compared */
  finish(columns: readonly Column[]) {
    const about = columns.map(({ name, type }) => [name, type])
    const [source, table, writes] = [this.#source, this.#table, this.#writes].map((sum) =>
      sum.digest(about),
    ) as [string, string, string]
    return { source, table, writes }
  }
}
