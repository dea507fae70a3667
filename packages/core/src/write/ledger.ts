/**
 * The recent inserts of a client. An insert with no answer is settled by looking for its record;
 * another row's record must not be taken for it. So ids once given to a row stay given, and inserts
 * of equal content share a group, in which sends run side by side and a settling runs alone.
 */

/** How long a finished insert is remembered beyond what the gateway's clock leaves open. */
const MARGIN_MS = 250
/** At most so many ids, and so many contents, are remembered; the oldest are forgotten first. */
const MOST_REMEMBERED = 100_000

/** A row that landed under an id nobody told us. */
interface Anonymous {
  readonly startedAt: number
  readonly endedAt: number
}

export class InsertGroup {
  readonly content: string
  #users = 0
  #sending = 0
  #settling = false
  // Nearly every content is sent once and waits for nothing: these are made when they are needed.
  #waiting: { alone: boolean; go: () => void }[] | undefined
  #anonymous: Anonymous[] | undefined

  constructor(content: string) {
    this.content = content
  }

  /** Takes a place for a send, unless a row of this content is being settled or waits for that. */
  tryBegin(): boolean {
    if (this.#settling || this.#waiting !== undefined) return false
    this.#sending++
    return true
  }

  /** Takes a place for a send once the settling is over. */
  begin(): Promise<void> {
    return this.#wait(false)
  }

  /** Gives the place of a send back. */
  end(): void {
    this.#sending--
    this.#wake()
  }

  /** Runs one settling, once no send of this content is under way. */
  async settle<T>(work: () => Promise<T>): Promise<T> {
    if (this.#settling || this.#sending > 0) await this.#wait(true)
    else this.#settling = true
    try {
      return await work()
    } finally {
      this.#settling = false
      this.#wake()
    }
  }

  landAnonymously(startedAt: number, endedAt: number): void {
    this.#anonymous ??= []
    this.#anonymous.push({ startedAt, endedAt })
  }

  /** How many rows of this content landed under an id nobody told us. */
  get anonymous(): number {
    return this.#anonymous?.length ?? 0
  }

  /** The earliest start among those rows, or `otherwise` where that is earlier. */
  since(otherwise: number): number {
    return (this.#anonymous ?? []).reduce(
      (earliest, { startedAt }) => Math.min(earliest, startedAt),
      otherwise,
    )
  }

  join(): void {
    this.#users++
  }

  leave(): void {
    this.#users--
  }

  /** Whether no row is under way; `before` lets go of rows that ended before then. */
  isDone(before: number): boolean {
    if (this.#users > 0) return false
    const kept = this.#anonymous?.filter(({ endedAt }) => endedAt >= before) ?? []
    this.#anonymous = kept.length > 0 ? kept : undefined
    return kept.length === 0
  }

  #wait(alone: boolean): Promise<void> {
    return new Promise((go) => {
      this.#waiting ??= []
      this.#waiting.push({ alone, go })
    })
  }

  /** Whoever is woken holds their place before they run: the counters change here. */
  #wake(): void {
    while (!this.#settling && this.#waiting !== undefined) {
      const [next, ...others] = this.#waiting
      if (next === undefined || (next.alone && this.#sending > 0)) return
      this.#waiting = others.length > 0 ? others : undefined
      if (next.alone) this.#settling = true
      else this.#sending++
      next.go()
    }
  }
}

export class InsertLedger {
  /** In order of last use, so that the oldest stand first. */
  readonly #groups = new Map<string, InsertGroup>()
  /** When the row ended that an id was given to, oldest first. */
  readonly #taken = new Map<string, number>()
  /** When the rows under way began, and how many of them did at that moment. */
  readonly #begun = new Map<number, number>()

  /**
   * Enters the group of a content; every row that enters leaves again.
   *
   * @param startedAt what landed since then is remembered until the row leaves
   */
  enter(content: string, startedAt: number): InsertGroup {
    this.#begun.set(startedAt, (this.#begun.get(startedAt) ?? 0) + 1)
    let group = this.#groups.get(content)
    if (group === undefined) {
      group = new InsertGroup(content)
      this.#groups.set(content, group)
    }
    group.join()
    return group
  }

  /**
   * @param startedAt as it was given to `enter`
   * @param uncertaintyMs how far back the gateway's clock leaves things open
   */
  leave(group: InsertGroup, startedAt: number, now: number, uncertaintyMs: number): void {
    group.leave()
    this.#end(startedAt)
    const before = Math.min(now, ...this.#begun.keys()) - uncertaintyMs - MARGIN_MS
    this.#groups.delete(group.content)
    if (!group.isDone(before)) this.#groups.set(group.content, group)
    this.#forget(before)
  }

  /** Gives an id to a row. */
  take(id: string, endedAt: number): void {
    this.#taken.set(id, endedAt)
  }

  isTaken(id: string): boolean {
    return this.#taken.has(id)
  }

  /** How many contents and ids are remembered. */
  get size(): number {
    return this.#groups.size + this.#taken.size
  }

  #end(startedAt: number): void {
    const others = (this.#begun.get(startedAt) ?? 1) - 1
    if (others > 0) this.#begun.set(startedAt, others)
    else this.#begun.delete(startedAt)
  }

  #forget(before: number): void {
    for (const [id, endedAt] of this.#taken) {
      if (endedAt >= before && this.#taken.size <= MOST_REMEMBERED) break
      this.#taken.delete(id)
    }
    for (const [content, group] of this.#groups) {
      if (!group.isDone(this.#groups.size > MOST_REMEMBERED ? Number.POSITIVE_INFINITY : before))
        break
      this.#groups.delete(content)
    }
  }
}
