/**
 * The recent inserts of a client. An insert with no answer is settled by looking for its record;
 * another row's record must not be taken for it. So ids once given to a row stay given, and inserts
 * of equal content share a group, in which sends run side by side and a look runs alone.
 *
 * Times are milliseconds of `performance.now()`: what is old is forgotten, whatever our clock says.
 */
import { earlierMoment, type GatewayMoment } from './clock.ts'

/** At most so many ids, and so many contents, are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 100_000
/** How often what is old is forgotten. */
const SWEEP_MS = 250

/** A row that was written under an id that no response showed. */
interface Anonymous {
  /** Before it was sent. */
  readonly moment: GatewayMoment | undefined
  readonly endedAt: number
}

/** Rows of equal content. A class, since one is made for nearly every insert. */
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

  /** Runs one searchRecord, and what is concluded from it, once no send of this content is under way. */
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

  landAnonymously(moment: GatewayMoment | undefined, endedAt: number): void {
    this.#anonymous ??= []
    this.#anonymous.push({ moment, endedAt })
  }

  /** How many rows of this content landed under an id nobody told us. */
  get anonymous(): number {
    return this.#anonymous?.length ?? 0
  }

  /** The earliest moment among those rows, or `otherwise` where that is earlier. */
  since(otherwise: GatewayMoment | undefined): GatewayMoment | undefined {
    return (this.#anonymous ?? []).reduce(
      (earliest, { moment }) => earlierMoment(earliest, moment),
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

export interface InsertLedger {
  /**
   * Enters the group of a content; every row that enters leaves again.
   *
   * @param startedAt what landed since then is remembered until the row leaves
   */
  enter(content: string, startedAt: number): InsertGroup
  /**
   * @param startedAt as it was given to `enter`
   * @param horizonMs what landed longer ago than this before a row began is not mistaken for it
   */
  leave(group: InsertGroup, startedAt: number, now: number, horizonMs: number): void
  /** Gives an id of a table to a row. */
  take(table: string, id: string, endedAt: number): void
  isTaken(table: string, id: string): boolean
  /** Whether a row of this content landed under an id nobody told. */
  hasAnonymous(content: string): boolean
  /** How many contents and ids are remembered. */
  readonly size: number
}

export function createInsertLedger(): InsertLedger {
  /** Contents with rows under way. */
  const active = new Map<string, InsertGroup>()
  /** Contents with none, that landed under ids nobody told; in order of last use. */
  const past = new Map<string, InsertGroup>()
  /** When the row ended that an id was given to, oldest first. */
  const taken = new Map<string, number>()
  /** When the rows under way began, and how many of them did at that moment. */
  const begun = new Map<number, number>()
  let sweptAt = Number.NEGATIVE_INFINITY

  const remembered = (): number => active.size + past.size + taken.size

  function forget(before: number): void {
    for (const [id, endedAt] of taken) {
      if (endedAt >= before && taken.size <= MAX_REMEMBERED) break
      taken.delete(id)
    }
    for (const [content, group] of past) {
      group.forget(past.size > MAX_REMEMBERED ? Number.POSITIVE_INFINITY : before)
      if (group.anonymous > 0) break
      past.delete(content)
    }
  }

  return {
    enter(content, startedAt) {
      begun.set(startedAt, (begun.get(startedAt) ?? 0) + 1)
      let group = active.get(content)
      if (group === undefined) {
        group = past.get(content) ?? new InsertGroup(content)
        past.delete(content)
        active.set(content, group)
      }
      group.users++
      return group
    },
    leave(group, startedAt, now, horizonMs) {
      const others = (begun.get(startedAt) ?? 1) - 1
      if (others > 0) begun.set(startedAt, others)
      else begun.delete(startedAt)
      group.users--
      if (group.users === 0) {
        active.delete(group.content)
        if (group.anonymous > 0) past.set(group.content, group)
      }
      if (now - sweptAt < SWEEP_MS && remembered() <= MAX_REMEMBERED) return
      sweptAt = now
      forget(Math.min(now, ...begun.keys()) - horizonMs)
    },
    take(table, id, endedAt) {
      taken.set(idOf(table, id), endedAt)
    },
    isTaken: (table, id) => taken.has(idOf(table, id)),
    hasAnonymous: (content) => ((active.get(content) ?? past.get(content))?.anonymous ?? 0) > 0,
    get size() {
      return remembered()
    },
  }
}

/** Ids are taken to differ within a table, no further. */
function idOf(table: string, id: string): string {
  return `${table} ${id}`
}
