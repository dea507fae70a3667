/**
 * The recent inserts of a client. An insert without a response is resolved by a search for its
 * record; the record of another row must not be mistaken for it. So ids that were assigned to a row
 * stay assigned, and inserts of equal content share a group, in which sends run in parallel and a
 * search runs alone.
 *
 * Times are milliseconds of `performance.now()`: old entries are forgotten independently of our
 * wall clock.
 */
import { earlierMoment, type GatewayMoment } from './clock.ts'

/** Maximum number of ids, and of contents, to remember; the oldest are forgotten first. */
const MAX_REMEMBERED = 100_000
/** Interval for forgetting old entries. */
const SWEEP_MS = 250

/** A row that was written under an id that no response showed. */
interface Anonymous {
  /** The moment before it was sent. */
  readonly moment: GatewayMoment | undefined
  readonly endedAt: number
}

/** Rows of equal content. A class, since nearly every insert creates one. */
export class InsertGroup {
  readonly content: string
  /** Rows of this content in flight. */
  users = 0
  /** Rows among them that may have been written and are not resolved yet. */
  unresolved = 0
  /** Until when a request for one of them may take effect; equal records are interchangeable. */
  lateUntil = Number.NEGATIVE_INFINITY
  /** Whether a request for one of them may be waiting unread; see {@link mayBeUnread}. */
  mayBeUnread = false
  #sending = 0
  #looking = false
  // Nearly every content is sent once and waits for nothing: these are created on demand.
  #waiting: { alone: boolean; go: () => void }[] | undefined
  #anonymous: Anonymous[] | undefined

  constructor(content: string) {
    this.content = content
  }

  /** Reserves a slot for a send, unless a search is running or waits for the sends to end. */
  tryBegin(): boolean {
    if (this.#looking || this.#waiting !== undefined) return false
    this.#sending++
    return true
  }

  /** Reserves a slot for a send, when no search is running. */
  begin(): Promise<void> {
    return this.#wait(false)
  }

  /** Releases the slot of a send. */
  end(): void {
    this.#sending--
    this.#wake()
  }

  /**
   * Runs one search, and the decision that follows from it, when no send of this content is in
   * flight.
   */
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

  /** Number of rows of this content that were written under an unknown id. */
  get anonymous(): number {
    return this.#anonymous?.length ?? 0
  }

  /** The earliest moment among those rows, or `otherwise` if that is earlier. */
  since(otherwise: GatewayMoment | undefined): GatewayMoment | undefined {
    return (this.#anonymous ?? []).reduce(
      (earliest, { moment }) => earlierMoment(earliest, moment),
      otherwise,
    )
  }

  /** Forgets rows that were written before then. */
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

  /** A waiter gets its slot before it runs: the counters change here. */
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
   * Enters the group of a content; every row that enters must leave.
   *
   * @param startedAt rows written since then are remembered until this row leaves
   */
  enter(content: string, startedAt: number): InsertGroup
  /**
   * @param startedAt the value passed to `enter`
   * @param horizonMs rows written longer ago than this before a row started are not mistaken for it
   */
  leave(group: InsertGroup, startedAt: number, now: number, horizonMs: number): void
  /** Assigns an id of a table to a row. */
  take(table: string, id: string, endedAt: number): void
  isTaken(table: string, id: string): boolean
  /** Whether a row of this content was written under an unknown id. */
  hasAnonymous(content: string): boolean
  /** Number of contents and ids that are remembered. */
  readonly size: number
}

export function createInsertLedger(): InsertLedger {
  /** Contents with rows in flight. */
  const active = new Map<string, InsertGroup>()
  /** Contents without rows in flight that were written under unknown ids; in order of last use. */
  const past = new Map<string, InsertGroup>()
  /** By id, the time when its row ended, oldest first. */
  const taken = new Map<string, number>()
  /** Start times of the rows in flight, and the number of rows at each. */
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

/** Ids are assumed to be unique within a table only. */
function idOf(table: string, id: string): string {
  return `${table} ${id}`
}
