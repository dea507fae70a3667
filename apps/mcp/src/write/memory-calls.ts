/**
 * Calls that this process knows of, for a server without a journal: the same as the journal's calls, for
 * one process.
 */
import type {
  EarlierCall,
  EarlierWrite,
  HeldCall as JournalCall,
  TakeCallOptions,
} from '@chatlayer-tables/journal'

/** A call that no equal one can run beside. */
export type HeldCall = Pick<JournalCall, 'hadToWait' | 'earlier' | 'begin' | 'end'> &
  AsyncDisposable

interface KnownCall {
  readonly number: number
  readonly digest: string
  readonly writes: EarlierWrite[]
  token: string | undefined
  begun: number
  ended: number | undefined
  result: string | undefined
  place: string | undefined
  job: string | undefined
}

/** More are forgotten, the oldest first. */
const MAX_CALLS = 500

export class MemoryCalls {
  readonly #calls = new Map<number, KnownCall>()
  readonly #held = new Map<string, Promise<void>>()
  /** By table and version, the call that began last. */
  readonly #last = new Map<string, number>()
  #numbers = 0

  async take(digest: string, { signal, onWait }: TakeCallOptions = {}): Promise<HeldCall> {
    const { unlessAborted } = await import('../call/unless-aborted.ts')
    const hadToWait = this.#held.has(digest)
    if (hadToWait) onWait?.()
    for (let held = this.#held.get(digest); held !== undefined; held = this.#held.get(digest)) {
      await (signal === undefined ? held : unlessAborted(held, signal))
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held.set(digest, promise)
    return {
      hadToWait,
      earlier: async (since) => this.#earlier(digest, since),
      begin: async (token, continues) => this.#begin(digest, token, continues),
      end: async (number, result) => this.#end(number, result),
      [Symbol.asyncDispose]: async () => {
        this.#held.delete(digest)
        resolve()
      },
    }
  }

  /** Keeps the outcome of a row. */
  note(number: number, write: EarlierWrite): void {
    this.#calls.get(number)?.writes.push(write)
  }

  /** Keeps which table a call writes to, and its job. */
  noteFacts(number: number, facts: { readonly place?: string; readonly job?: string }): void {
    const call = this.#calls.get(number)
    if (call === undefined) return
    call.place = facts.place ?? call.place
    call.job = facts.job ?? call.job
    if (facts.place !== undefined) this.#last.set(facts.place, number)
  }

  #earlier(digest: string, since: number): EarlierCall | undefined {
    const found = [...this.#calls.values()].findLast((call) => call.digest === digest)
    if (found === undefined || (found.ended ?? found.begun) < since) return undefined
    const { number, begun, token, result, writes, job, place } = found
    const isFollowed = place !== undefined && this.#last.get(place) !== number
    if ((isFollowed && result !== undefined) || (writes.length === 0 && job === undefined)) {
      return undefined
    }
    const begunAt = new Date(begun).toISOString()
    return { number, begunAt, token, result, writes, changeSets: [], job, isFollowed }
  }

  #begin(digest: string, token: string | undefined, continues: EarlierCall | undefined): number {
    const again = continues && this.#calls.get(continues.number)
    if (again !== undefined) {
      again.begun = Date.now()
      again.ended = undefined
      again.token = token ?? again.token
      return again.number
    }
    const [oldest] = this.#calls.keys()
    if (this.#calls.size >= MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest)
    const number = ++this.#numbers
    const facts = { ended: undefined, result: undefined, place: undefined, job: undefined }
    this.#calls.set(number, { number, digest, writes: [], token, begun: Date.now(), ...facts })
    return number
  }

  #end(number: number, result: string | undefined): void {
    const call = this.#calls.get(number)
    if (call === undefined) return
    call.ended = Date.now()
    call.result = result
  }
}
