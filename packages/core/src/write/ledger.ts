/**
 * The recent inserts of a client by content. An insert with no answer is settled by looking for its
 * record; equal rows of the same run must not be taken for it. So inserts of equal content share a
 * group: sends run side by side, a settling runs alone, and ids once given to a row stay given.
 */

/** How long a finished insert is remembered beyond what the gateway's clock leaves open. */
const MARGIN_MS = 5_000
/** At most so many contents are remembered, oldest forgotten first. */
const MOST_GROUPS = 100_000

interface Landed {
  readonly id: string | undefined
  readonly startedAt: number
  readonly endedAt: number
}

export class InsertGroup {
  #sending = 0
  #settling = false
  readonly #waiting: { alone: boolean; go: () => void }[] = []
  #landed: Landed[] = []
  lastUse = 0

  get idle(): boolean {
    return this.#sending === 0 && !this.#settling && this.#waiting.length === 0
  }

  /** Runs one send; waits while another row of this content is being settled. */
  async send<T>(work: () => Promise<T>): Promise<T> {
    if (this.#settling || this.#waiting.length > 0) await this.#wait(false)
    else this.#sending++
    try {
      return await work()
    } finally {
      this.#sending--
      this.#wake()
    }
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

  /** Remembers that a row of this content landed, under its id where that is known. */
  land(id: string | undefined, startedAt: number, endedAt: number): void {
    this.#landed.push({ id, startedAt, endedAt })
  }

  isTaken(id: string): boolean {
    return this.#landed.some((entry) => entry.id === id)
  }

  /** Rows that landed under an id nobody told us. */
  get anonymous(): number {
    return this.#landed.filter((entry) => entry.id === undefined).length
  }

  /** The earliest start among the remembered rows without an id, or `otherwise` where that is earlier. */
  since(otherwise: number): number {
    return this.#landed.reduce(
      (earliest, entry) =>
        entry.id === undefined ? Math.min(earliest, entry.startedAt) : earliest,
      otherwise,
    )
  }

  /** Forgets rows that ended before the instant; only when nothing is under way. */
  forget(before: number): void {
    if (this.idle) this.#landed = this.#landed.filter((entry) => entry.endedAt >= before)
  }

  #wait(alone: boolean): Promise<void> {
    return new Promise((go) => this.#waiting.push({ alone, go }))
  }

  /** Whoever is woken holds their place before they run: the counters change here. */
  #wake(): void {
    while (!this.#settling) {
      const next = this.#waiting[0]
      if (next === undefined || (next.alone && this.#sending > 0)) return
      this.#waiting.shift()
      if (next.alone) this.#settling = true
      else this.#sending++
      next.go()
    }
  }
}

export class InsertLedger {
  /** In order of last use, so that the oldest stand first. */
  readonly #groups = new Map<string, InsertGroup>()

  /** The group of a content; `uncertaintyMs` says how far back the gateway's clock leaves things open. */
  group(content: string, now: number, uncertaintyMs: number): InsertGroup {
    this.#prune(now - uncertaintyMs - MARGIN_MS)
    const group = this.#groups.get(content) ?? new InsertGroup()
    group.forget(now - uncertaintyMs - MARGIN_MS)
    group.lastUse = now
    this.#groups.delete(content)
    this.#groups.set(content, group)
    return group
  }

  get size(): number {
    return this.#groups.size
  }

  #prune(before: number): void {
    for (const [content, group] of this.#groups) {
      const spare = this.#groups.size > MOST_GROUPS || group.lastUse < before
      if (!spare || !group.idle) return
      this.#groups.delete(content)
    }
  }
}
