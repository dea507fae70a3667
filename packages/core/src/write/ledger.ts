/**
 * The recent inserts of a client. An insert with no answer is settled by looking for its record;
 * another row's record must not be taken for it. So ids once given to a row stay given, and inserts
 * of equal content share a group, in which sends run side by side and a look runs alone.
 */

/** At most so many ids, and so many contents, are remembered; the oldest are forgotten first. */
const MOST_REMEMBERED = 100_000
/** How often what is old is forgotten. */
const SWEEP_MS = 250

/** A row that landed under an id nobody told us. */
interface Anonymous {
  readonly startedAt: number
  readonly endedAt: number
}

export class InsertGroup {
  readonly content: string
  /** Rows of this content that are under way. */
  users = 0
  /** Rows among them that may have landed and are not settled. */
  unsettled = 0
  #sending = 0
  #looking = false
  // Nearly every content is sent once and waits for nothing: these are made when they are needed.
  #waiting: { alone: boolean; go: () => void }[] | undefined
  #anonymous: Anonymous[] | undefined

  constructor(content: string) {
    this.content = content
  }

  /** Takes a place for a send, unless a look is under way or waits for the sends to end. */
  tryBegin(): boolean {
    if (this.#looking || this.#waiting !== undefined) return false
    this.#sending++
    return true
  }

  /** Takes a place for a send once no look is in the way. */
  begin(): Promise<void> {
    return this.#wait(false)
  }

  /** Gives the place of a send back. */
  end(): void {
    this.#sending--
    this.#wake()
  }

  /** Runs one look, and what is concluded from it, once no send of this content is under way. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#looking || this.#sending > 0) await this.#wait(true)
    else this.#looking = true
    try {
      return await work()
    } finally {
      this.#looking = false
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

  /** Lets go of rows that landed before then. */
  forget(before: number): void {
    const kept = this.#anonymous?.filter(({ endedAt }) => endedAt >= before) ?? []
    this.#anonymous = kept.length > 0 ? kept : undefined
  }

  #wait(alone: boolean): Promise<void> {
    return new Promise((go) => {
      this.#waiting ??= []
      this.#waiting.push({ alone, go })
    })
  }

  /** Whoever is woken holds their place before they run: the counters change here. */
  #wake(): void {
    while (!this.#looking && this.#waiting !== undefined) {
      const [next, ...others] = this.#waiting
      if (next === undefined || (next.alone && this.#sending > 0)) return
      this.#waiting = others.length > 0 ? others : undefined
      if (next.alone) this.#looking = true
      else this.#sending++
      next.go()
    }
  }
}

export class InsertLedger {
  /** Contents with rows under way. */
  readonly #active = new Map<string, InsertGroup>()
  /** Contents with none, that landed under ids nobody told; in order of last use. */
  readonly #past = new Map<string, InsertGroup>()
  /** When the row ended that an id was given to, oldest first. */
  readonly #taken = new Map<string, number>()
  /** When the rows under way began, and how many of them did at that moment. */
  readonly #begun = new Map<number, number>()
  #sweptAt = Number.NEGATIVE_INFINITY

  /**
   * Enters the group of a content; every row that enters leaves again.
   *
   * @param startedAt what landed since then is remembered until the row leaves
   */
  enter(content: string, startedAt: number): InsertGroup {
    this.#begun.set(startedAt, (this.#begun.get(startedAt) ?? 0) + 1)
    let group = this.#active.get(content)
    if (group === undefined) {
      group = this.#past.get(content) ?? new InsertGroup(content)
      this.#past.delete(content)
      this.#active.set(content, group)
    }
    group.users++
    return group
  }

  /**
   * @param startedAt as it was given to `enter`
   * @param horizonMs what landed longer ago than this before a row began is not mistaken for it
   */
  leave(group: InsertGroup, startedAt: number, now: number, horizonMs: number): void {
    const others = (this.#begun.get(startedAt) ?? 1) - 1
    if (others > 0) this.#begun.set(startedAt, others)
    else this.#begun.delete(startedAt)
    group.users--
    if (group.users === 0) {
      this.#active.delete(group.content)
      if (group.anonymous > 0) this.#past.set(group.content, group)
    }
    if (now - this.#sweptAt < SWEEP_MS && this.size <= MOST_REMEMBERED) return
    this.#sweptAt = now
    this.#forget(Math.min(now, ...this.#begun.keys()) - horizonMs)
  }

  /** Gives an id of a table to a row. */
  take(table: string, id: string, endedAt: number): void {
    this.#taken.set(idOf(table, id), endedAt)
  }

  isTaken(table: string, id: string): boolean {
    return this.#taken.has(idOf(table, id))
  }

  /** Whether a row of this content landed under an id nobody told. */
  hasAnonymous(content: string): boolean {
    return ((this.#active.get(content) ?? this.#past.get(content))?.anonymous ?? 0) > 0
  }

  /** How many contents and ids are remembered. */
  get size(): number {
    return this.#active.size + this.#past.size + this.#taken.size
  }

  #forget(before: number): void {
    for (const [id, endedAt] of this.#taken) {
      if (endedAt >= before && this.#taken.size <= MOST_REMEMBERED) break
      this.#taken.delete(id)
    }
    for (const [content, group] of this.#past) {
      group.forget(this.#past.size > MOST_REMEMBERED ? Number.POSITIVE_INFINITY : before)
      if (group.anonymous > 0) break
      this.#past.delete(content)
    }
  }
}

/** Ids are taken to differ within a table, no further. */
function idOf(table: string, id: string): string {
  return `${table} ${id}`
}
