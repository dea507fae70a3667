/**
 * How far each row of a job has come, written ahead: a row is marked durably before its request may
 * leave, and gets its final state after. A row that is marked and has no final state may have been
 * sent; whoever goes on looks before sending it again.
 *
 * Rows go out in the order of their numbers, so one number marks all up to it. It is set some rows
 * ahead, and the final states that came in since go along in the same transaction: one sync to the
 * disk for many rows. What a kill or a power cut loses is the final states since the last flush,
 * never a mark; those rows are looked for.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { packId, transaction } from '@chatlayer-tables/local'

export type RowState = 'inserted' | 'updated' | 'rejected' | 'unknown' | 'deleted'

const CODES: Readonly<Record<RowState, number>> = {
  inserted: 1,
  updated: 2,
  rejected: 3,
  unknown: 4,
  deleted: 5,
}
const STATES = Object.keys(CODES) as RowState[]

/** What is kept of a row besides its state. */
export interface RowFacts {
  /** Of its record, where it is known. */
  readonly id?: string | undefined
  /** What it shares with equal rows; for a row that landed under an id nobody told. */
  readonly content?: Uint8Array | undefined
  /** Why it is not well, as JSON. */
  readonly problem?: string | undefined
}

/** The time between two flushes that is aimed at, and how small a part of it a flush may take. */
const FLUSH_MS = 250
const FLUSH_SHARE = 0.05
/** Rows that are marked ahead at once. */
const LEAST_AHEAD = 128
const MOST_AHEAD = 8_192

interface PendingRow extends RowFacts {
  readonly n: number
  /** Undefined for a row whose fate is still open. */
  readonly state: RowState | undefined
}

export class RowStates {
  readonly #database: DatabaseSync
  readonly #now: () => number
  readonly #insertRow: StatementSync
  readonly #insertProblem: StatementSync
  readonly #insertMark: StatementSync
  readonly #selectRow: StatementSync
  readonly #selectMark: StatementSync
  #pending: PendingRow[] = []
  /** What earlier processes marked; only they could say that less was sent. */
  readonly #inherited: number
  readonly #settledBefore: number
  #through: number
  #ahead = LEAST_AHEAD
  #markedAt = performance.now()
  #flushedAt = performance.now()
  #interval = FLUSH_MS

  /** @param now our clock, in milliseconds since 1970 */
  constructor(database: DatabaseSync, now: () => number = Date.now) {
    this.#database = database
    this.#now = now
    this.#insertRow = database.prepare('INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)')
    this.#insertProblem = database.prepare('INSERT OR REPLACE INTO problems VALUES (?, ?)')
    this.#insertMark = database.prepare('INSERT OR REPLACE INTO marks VALUES (?, ?, ?)')
    this.#selectRow = database.prepare('SELECT state FROM rows WHERE n = ?')
    this.#selectMark = database.prepare(
      'SELECT min(at) AS at FROM marks WHERE first <= ?1 AND through >= ?1',
    )
    this.#inherited = this.#max('SELECT max(through) AS max FROM marks')
    this.#through = this.#inherited
    this.#settledBefore = this.#max('SELECT max(n) AS max FROM rows')
  }

  /** The last row that earlier processes may have sent. */
  get inherited(): number {
    return this.#inherited
  }

  /** The last row that earlier processes settled. */
  get settledBefore(): number {
    return this.#settledBefore
  }

  /** No row beyond this one was settled or sent by earlier processes. */
  get reachedBefore(): number {
    return Math.max(this.#inherited, this.#settledBefore)
  }

  /** To be called before row `n` may leave; what it marks is on the disk when it returns. */
  mark(n: number): void {
    if (n <= this.#through) return
    const elapsed = Math.max(1, performance.now() - this.#markedAt)
    const fitting = Math.round((this.#ahead * this.#interval) / elapsed)
    this.#ahead = clamp(clamp(fitting, this.#ahead / 2, this.#ahead * 2), LEAST_AHEAD, MOST_AHEAD)
    const first = this.#through + 1
    const through = n + Math.floor(this.#ahead) - 1
    this.#write({ first, through, at: this.#now() })
    this.#through = through
    this.#markedAt = performance.now()
  }

  /** The final state of a row; on the disk with the next flush, which is soon. */
  settle(n: number, state: RowState, facts: RowFacts = {}): void {
    this.#add({ n, state, ...facts })
  }

  /** A row whose fate could not be found out now, and why; whoever goes on looks again. */
  leaveOpen(n: number, problem: string): void {
    this.#add({ n, state: undefined, problem })
  }

  #add(row: PendingRow): void {
    this.#pending.push(row)
    if (performance.now() - this.#flushedAt >= this.#interval) this.flush()
  }

  flush(): void {
    if (this.#pending.length > 0) this.#write(undefined)
  }

  /** At an orderly end: this process sent no row beyond `last`. */
  trim(last: number): void {
    this.flush()
    const through = Math.max(last, this.#inherited)
    if (through >= this.#through) return
    transaction(this.#database, () => {
      this.#database.prepare('DELETE FROM marks WHERE first > ?').run(through)
      this.#database.prepare('UPDATE marks SET through = ?1 WHERE through > ?1').run(through)
    })
    this.#through = through
  }

  /** Forgets why rows are not well whose fate is open: it is to be found out anew. */
  reopen(): void {
    this.#database.exec('DELETE FROM problems WHERE n NOT IN (SELECT n FROM rows)')
  }

  stateOf(n: number): RowState | undefined {
    const code = this.#selectRow.get(n)?.state
    return STATES.find((state) => CODES[state] === code)
  }

  /** When row `n` may have been sent first, in milliseconds since 1970; undefined when it was not. */
  attemptedAt(n: number): number | undefined {
    const at = this.#selectMark.get(n)?.at
    return typeof at === 'number' ? at : undefined
  }

  /** How many rows there are in each state. */
  counts(): Record<RowState, number> {
    const counts = { inserted: 0, updated: 0, rejected: 0, unknown: 0, deleted: 0 }
    const query = 'SELECT state, count(*) AS count FROM rows GROUP BY state'
    for (const { state: code, count } of this.#database.prepare(query).iterate()) {
      const state = STATES.find((name) => CODES[name] === code)
      if (state !== undefined) counts[state] = Number(count)
    }
    return counts
  }

  /** What was said of the rows that are not well, in the order of the rows. */
  *problems(): Generator<string, void, undefined> {
    this.flush()
    const query = 'SELECT detail FROM problems ORDER BY n'
    for (const { detail } of this.#database.prepare(query).iterate()) yield String(detail)
  }

  #max(query: string): number {
    return Number(this.#database.prepare(query).get()?.max ?? 0)
  }

  #write(mark: { first: number; through: number; at: number } | undefined): void {
    const begun = performance.now()
    transaction(this.#database, () => {
      for (const { n, state, id, content, problem } of this.#pending) {
        if (state !== undefined) {
          const packed = id === undefined ? null : packId(id)
          this.#insertRow.run(n, CODES[state], packed, content ?? null)
        }
        if (problem !== undefined) this.#insertProblem.run(n, problem)
      }
      if (mark !== undefined) this.#insertMark.run(mark.first, mark.through, mark.at)
    })
    this.#pending = []
    this.#flushedAt = performance.now()
    // A slow disk is asked less often, so that the writing stays a small part of the time.
    this.#interval = Math.max(FLUSH_MS, (this.#flushedAt - begun) / FLUSH_SHARE)
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
