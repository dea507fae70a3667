/**
 * How far each row of a job has come, written ahead: a row is marked durably before its request may
 * leave, and gets its final state after. A row that is marked and has no final state may have been
 * sent; the process that continues the job searches for it before sending it again.
 *
 * Rows go out in the order of their numbers, so one number marks all up to it. It is set some rows
 * ahead, and the final states that came in since go along in the same transaction: one sync to the
 * disk for many rows. What a kill or a power cut loses is the final states since the last flush,
 * never a mark; those rows are searched for.
 *
 * A mark keeps the gateway's time of its moment, not ours: our clock may be set before the job is
 * resumed.
 *
 * Where jobs are shared, all of it goes to the replica of the job too. A mark is durable there before a
 * request may leave; final states follow.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { GatewayMoment } from '@chatlayer-tables/core'
import { packId, StorageError, transaction } from '@chatlayer-tables/local'
import type { PartFeed } from './replica-feed.ts'
import { type EarlierMark, type Mark, RowMarks } from './row-marks.ts'
import { CODES, type RowState, RowSummary, STATES, WRITTEN } from './row-summary.ts'

/** What is stored of a row besides its state. */
export interface RowFacts {
  /** Id of its record, where it is known. */
  readonly id?: string | undefined
  /** What it shares with equal rows; for a row that was written under an id that no response showed. */
  readonly content?: Uint8Array | undefined
  /** Its problems, as JSON. */
  readonly problem?: string | undefined
}

/** The time between two flushes that is aimed at, and how small a part of it a flush may take. */
const FLUSH_MS = 250
const FLUSH_SHARE = 0.05
/** Rows that are marked ahead at once. */
const MIN_AHEAD = 128
const MAX_AHEAD = 8_192

interface PendingRow extends RowFacts {
  readonly n: number
  /** Undefined for a row whose outcome is still open. */
  readonly state: RowState | undefined
}

export class RowStates extends RowSummary {
  readonly #database: DatabaseSync
  readonly #feed: PartFeed | undefined
  readonly #insertRow: StatementSync
  readonly #insertProblem: StatementSync
  readonly #selectRow: StatementSync
  readonly #marks: RowMarks
  #pending: PendingRow[] = []
  /** The last row that earlier processes marked, and the last row that they gave a state. */
  readonly #inherited: number
  readonly #endedBefore: number
  /** Marks up to this id are those of earlier processes. */
  #lastMark: number
  /** The last row that this process marked. */
  #through = 0
  /** Rows that this process could not resolve, and rows whose mark it keeps anyway. */
  readonly #open = new Set<number>()
  readonly #kept = new Set<number>()
  #ahead = MIN_AHEAD
  #markedAt = performance.now()
  #flushedAt = performance.now()
  #interval = FLUSH_MS

  constructor(database: DatabaseSync, feed?: PartFeed | undefined) {
    super(database)
    this.#feed = feed
    this.#database = database
    this.#insertRow = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)')
    this.#insertProblem = database.prepare('INSERT OR REPLACE INTO problems VALUES (?, ?)')
    this.#selectRow = database.prepare('SELECT state FROM rows WHERE n = ?')
    this.#marks = new RowMarks(database)
    const { row, id } = this.#marks.ends
    this.#inherited = row
    this.#lastMark = id
    this.#endedBefore = this.max('SELECT max(n) AS max FROM rows')
  }

  /** The last row that earlier processes may have sent. */
  get inherited(): number {
    return this.#inherited
  }

  /** The last row that earlier processes gave a final state. */
  get endedBefore(): number {
    return this.#endedBefore
  }

  /** No row beyond this one was sent or given a final state by earlier processes. */
  get reachedBefore(): number {
    return Math.max(this.#inherited, this.#endedBefore)
  }

  /** How many rows this process left open. */
  get openCount(): number {
    return this.#open.size
  }

  /**
   * To be called before row `n` may leave; what it marks is on the disk when it returns. Numbers grow
   * from one call to the next, but for rows that are marked already.
   *
   * @param moment the gateway's time now
   * @returns undefined where the row is marked already, as most are; nothing has to be awaited then
   */
  mark(n: number, moment: () => GatewayMoment | undefined): Promise<void> | undefined {
    return n <= this.#through ? undefined : this.#markFrom(n, moment())
  }

  async #markFrom(n: number, moment: GatewayMoment | undefined): Promise<void> {
    const elapsed = Math.max(1, performance.now() - this.#markedAt)
    const fitting = Math.round((this.#ahead * this.#interval) / elapsed)
    this.#ahead = clamp(clamp(fitting, this.#ahead / 2, this.#ahead * 2), MIN_AHEAD, MAX_AHEAD)
    const through = n + Math.floor(this.#ahead) - 1
    const begun = performance.now()
    this.#write({ first: n, through, moment })
    await this.#feed?.settle()
    this.#through = through
    this.#markedAt = performance.now()
    this.#adapt(begun)
  }

  /** The final state of a row; on the disk with the next flush, which is soon. */
  setState(n: number, state: RowState, facts: RowFacts = {}): void {
    this.#add({ n, state, ...facts })
  }

  /** A row that was perhaps sent, and could not be resolved now; the next run searches for it again. */
  leaveOpen(n: number, problem?: string): void {
    this.#open.add(n)
    if (problem !== undefined) this.#add({ n, state: undefined, problem })
  }

  /** The next run searches for this row again, although this one did not send it. */
  keepMark(n: number): void {
    this.#kept.add(n)
  }

  #add(row: PendingRow): void {
    this.#pending.push(row)
    if (performance.now() - this.#flushedAt >= this.#interval) this.#flush()
  }

  /** All final states are kept when it returns. */
  async flush(): Promise<void> {
    this.#flush()
    await this.#feed?.settle()
  }

  #flush(): void {
    if (this.#pending.length > 0) this.#write(undefined)
  }

  /**
   * At an orderly end of the inserts. Rows up to `last` were processed: of those without a final
   * state only the ones left open, or whose mark is kept, may have been sent. This process sent no
   * row beyond it.
   */
  async concludeMarks(last: number): Promise<void> {
    this.#flush()
    const numbers = [...new Set([...this.#open, ...this.#kept])].sort((a, b) => a - b)
    transaction(this.#database, () => this.#marks.keepOnly(numbers, last, this.#lastMark))
    this.#through = last
    this.#lastMark = this.#marks.ends.id
    this.#feed?.push({ kind: 'marks', marks: this.#marks.all() })
    await this.#feed?.settle()
  }

  /** Forgets the problems of rows whose outcome is open: it is to be found out again. */
  reopen(): void {
    const query = 'DELETE FROM problems WHERE n NOT IN (SELECT n FROM rows)'
    const { changes } = this.#database.prepare(query).run()
    if (changes > 0) this.#feed?.push({ kind: 'reopen' })
  }

  /** Lets rows of unknown outcome be found out again, where there is another way to. */
  reopenUnknown(): void {
    transaction(this.#database, () => {
      const unknown = `state = ${CODES.unknown}`
      this.#database.exec(`
        DELETE FROM problems WHERE n IN (SELECT n FROM rows WHERE ${unknown});
        DELETE FROM rows WHERE ${unknown};
      `)
    })
    this.#feed?.push({ kind: 'reopenUnknown' })
  }

  stateOf(n: number): RowState | undefined {
    const code = this.#selectRow.get(n)?.state
    return STATES.find((state) => CODES[state] === code)
  }

  /** The mark that an earlier process made before row `n` may have been sent first; undefined for none. */
  attemptedBefore(n: number): EarlierMark | undefined {
    return n > this.#inherited ? undefined : this.#marks.of(n, this.#lastMark)
  }

  /**
   * How many of these rows, both included, earlier processes marked and gave no final state; rather too
   * many where the disk has no room for the states that came in last.
   */
  countAttempted(from: number, to: number): number {
    try {
      this.#flush()
    } catch (error) {
      // The run has stopped for this reason already, and what is pending stays so.
      if (!(error instanceof StorageError)) throw error
    }
    const ended = this.#database.prepare(
      'SELECT count(*) AS count FROM rows WHERE n BETWEEN ? AND ?',
    )
    let next = from
    let count = 0
    for (const { first, through } of this.#marks.ranges(this.#lastMark)) {
      const start = Math.max(next, first)
      const end = Math.min(to, through)
      if (start > end) continue
      count += end - start + 1 - Number(ended.get(start, end)?.count)
      next = end + 1
    }
    return count
  }

  /** The problems of rows, in the order of the rows. @param which of all rows when omitted */
  override *problems(which?: 'written' | 'other'): Generator<string, void, undefined> {
    this.#flush()
    yield* super.problems(which)
  }

  /** Forgets what is only needed to continue. @param keepStored whether problems of written rows stay */
  clear(keepStored: boolean): void {
    const others = `n NOT IN (SELECT n FROM rows WHERE state IN ${WRITTEN})`
    this.#database.exec(`
      DELETE FROM problems ${keepStored ? `WHERE ${others}` : ''};
      DELETE FROM rows;
      DELETE FROM marks;
    `)
  }

  #write(mark: Mark | undefined): void {
    const begun = performance.now()
    const kept = transaction(this.#database, () => {
      for (const { n, state, id, content, problem } of this.#pending) {
        if (state !== undefined) {
          const packed = id === undefined ? null : packId(id)
          this.#insertRow.run(n, CODES[state], packed, content ?? null)
        }
        if (problem !== undefined) this.#insertProblem.run(n, problem)
      }
      return mark && this.#marks.put(mark)
    })
    this.#pushPending()
    if (kept !== undefined) this.#feed?.push({ kind: 'mark', mark: kept })
    this.#pending = []
    this.#adapt(begun)
  }

  /** A slow disk or database is asked less often, so that the writing stays a small part of the time. */
  #adapt(begun: number): void {
    this.#flushedAt = performance.now()
    this.#interval = Math.max(FLUSH_MS, (this.#flushedAt - begun) / FLUSH_SHARE)
  }

  #pushPending(): void {
    if (this.#pending.length === 0) return
    const rows = this.#pending.flatMap(({ n, state, id, content }) =>
      state === undefined ? [] : [{ n, state, id, content }],
    )
    const problems = this.#pending.flatMap(({ n, problem }) =>
      problem === undefined ? [] : [{ n, detail: problem }],
    )
    this.#feed?.push({ kind: 'rows', rows, problems })
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
