/** Loads change sets page by page, the newest first. */
import type { JournalEntry } from '../../protocol/journal.ts'
import type { Host } from '../host/host.ts'

const PAGE = 50

export class JournalLoader {
  readonly #host: Pick<Host, 'request'>
  #entries: JournalEntry[] = []
  #next: string | undefined
  /** Of the newest loading; results of older ones are dropped. */
  #loading = 0
  /** Such as `stores@draft`; undefined for all tables. */
  filter: string | undefined

  constructor(host: Pick<Host, 'request'>, filter: string | undefined) {
    this.#host = host
    this.filter = filter
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries
  }

  get hasOlder(): boolean {
    return this.#next !== undefined
  }

  /** Loads from the newest on until there are `least` entries, or no more. @throws RequestFailure */
  reload(least = 1): Promise<boolean> {
    return this.#load([], undefined, least)
  }

  /** @throws RequestFailure */
  loadOlder(): Promise<boolean> {
    return this.#load(this.#entries, this.#next, this.#entries.length + 1)
  }

  /** Returns whether it was the newest loading, so that its result is kept. */
  async #load(
    kept: readonly JournalEntry[],
    after: string | undefined,
    least: number,
  ): Promise<boolean> {
    this.#loading += 1
    const own = this.#loading
    const entries = [...kept]
    let next = after
    do {
      const page = await this.#host.request('journal', {
        ...(this.filter !== undefined && { table: this.filter }),
        ...(next !== undefined && { after: next }),
        limit: PAGE,
      })
      if (own !== this.#loading) return false
      // Cursors may count from the newest: those written since would shift the pages.
      const known = new Set(entries.map(({ changeSet }) => changeSet))
      entries.push(...page.entries.filter(({ changeSet }) => !known.has(changeSet)))
      next = page.next
    } while (next !== undefined && entries.length < least)
    this.#entries = entries
    this.#next = next
    return true
  }
}
