/** The listener that keeps the writes of a client. */
import {
  InvalidInputError,
  type Outcome,
  type SendCheck,
  type WriteIntent,
  type WriteListener,
} from '@chatlayer-tables/core'
import { journalError } from './journal-error.ts'
import type { JournalStore } from './journal-store.ts'
import { mask } from './mask.ts'
import type { RedactHow, Redaction } from './redact.ts'
import { type Ending, type NewChange, numberOf } from './stored-change.ts'
import { newSetId, type StoredSet } from './stored-set.ts'
import { keep, storedOtherwise } from './stored-values.ts'
import type { ChangeSetFacts, ChangeSetSummary, JournalTable } from './types.ts'
import type { Writer } from './writers.ts'

/** The parts of the journal that change sets use. */
export interface ChangeSetParts {
  readonly store: JournalStore
  readonly redaction: Redaction
  /** This process as a writer, whose lock is taken when it is first needed. */
  readonly writer: () => Promise<Writer>
  readonly summary: (id: string) => Promise<ChangeSetSummary>
  /** Called when a set has ended. */
  readonly onClose: () => Promise<void>
}

/** Checks each write of an undo before it is kept. */
export interface Guard {
  /**
   * @returns the number of the change that this write undoes
   * @throws to stop the write, which is not kept then
   */
  check(intent: WriteIntent): number
}

/** The changes to one table in one version. */
interface Part {
  readonly id: string
  readonly table: JournalTable
  readonly rules: ReadonlyMap<string, RedactHow> | undefined
  readonly writer: Writer
  readonly n: number
  lastSeq: number
}

/** A change set that undoes another one. */
export interface UndoFacts {
  readonly undoes: string
  readonly guard: Guard
}

/** Longer reasons are cut. */
const MAX_PROBLEM_LENGTH = 1_000

/**
 * Keeps the writes of one run of a command or one call of a tool: the listener to give to the client
 * as `onWrite`. Each table and version that is written to gets a change set with its first write.
 */
export class ChangeSet implements WriteListener {
  /** The job that the writes belong to; change sets that begin later are marked with it. */
  job: string | undefined
  /** Where the rows of the write are in the input of the call, if it writes only some of them. */
  rows: readonly number[] | undefined
  readonly #parts: ChangeSetParts
  readonly #facts: ChangeSetFacts
  readonly #undo: UndoFacts | undefined
  /** Of all its writes: once its lock is lost, nothing more is written. */
  #writer: Promise<Writer> | undefined
  #interrupted: StoredSet | undefined
  /** By version and table. */
  readonly #tables = new Map<string, Promise<Part>>()
  readonly #begun: Part[] = []
  readonly #inFlight = new WeakMap<WriteIntent, { part: Part; change: NewChange }>()
  #isClosed = false

  constructor(parts: ChangeSetParts, facts: ChangeSetFacts, undo?: UndoFacts) {
    this.#parts = parts
    this.#facts = facts
    this.job = facts.job
    this.#undo = undo
  }

  /** Continues the change set of an interrupted undo. */
  async resume(interrupted: StoredSet): Promise<void> {
    const { name, queue } = await this.#takeWriter()
    await this.#report(queue.write([{ do: 'take over', set: interrupted.n, writer: name }]))
    this.#interrupted = interrupted
  }

  /** The ids of the change sets so far. */
  get ids(): string[] {
    return this.#begun.map(({ id }) => id)
  }

  /**
   * Stores an intent durably.
   *
   * @returns what to ask before each attempt of the request: another machine may have taken over what
   *   this process left open, and resolves this write as not sent
   * @throws ConfigurationError when the journal cannot be written, also because another machine has
   *   taken over
   */
  async before(intent: WriteIntent): Promise<SendCheck> {
    this.#checkOpen()
    const reverses = this.#undo?.guard.check(intent)
    const { redaction, store } = this.#parts
    const part = await this.#partOf(intent)
    this.#checkOpen()
    const { table, rules } = part
    const kept = (values: typeof intent.values) =>
      values === undefined ? undefined : keep(values, table, rules, redaction)
    const change: NewChange = {
      n: numberOf(part.n, ++part.lastSeq),
      kind: intent.change,
      id: intent.id,
      row: this.#rowOf(intent),
      before: kept(intent.before?.values),
      after: kept(intent.values),
      at: store.now(),
      moment: intent.moment,
      reverses,
    }
    await this.#report(part.writer.queue.write([{ do: 'add change', change }]))
    this.#inFlight.set(intent, { part, change })
    return () => this.#isCertain(part.writer)
  }

  after(intent: WriteIntent, outcome: Outcome<unknown>): void {
    const found = this.#inFlight.get(intent)
    if (found === undefined) return
    this.#inFlight.delete(intent)
    const { part, change } = found
    const { table, writer } = part
    const target = { connection: this.#facts.connection, tableId: table.id }
    const ending = this.#endingOf(outcome, part, change)
    writer.queue.note({ do: 'end change', change, was: 'open', ending, target, table })
  }

  /** Resolves once the outcomes of all writes so far are in the journal. @throws ConfigurationError */
  async flush(): Promise<void> {
    const writer = await this.#writer
    if (writer !== undefined) await this.#report(writer.queue.flush())
  }

  /**
   * Ends the change sets: nothing more is written.
   *
   * @param isWhole false for an interrupted undo, which another run continues
   * @returns the change sets, one for each table and version that was written to
   * @throws ConfigurationError when the journal cannot be written
   */
  async close(isWhole = true): Promise<ChangeSetSummary[]> {
    if (!this.#isClosed) {
      this.#isClosed = true
      await Promise.allSettled(this.#tables.values())
      if (isWhole) await this.#endSets()
      await this.flush()
      if (this.#begun.length > 0) await this.#parts.onClose()
    }
    return Promise.all(this.ids.map((id) => this.#parts.summary(id)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close().then(() => undefined)
  }

  async #endSets(): Promise<void> {
    const writer = await this.#writer
    const interrupted = this.#interrupted?.n
    const own = this.#begun.map(({ n }) => n)
    const sets = new Set(interrupted === undefined ? own : [interrupted, ...own])
    if (writer === undefined || sets.size === 0) return
    const at = this.#parts.store.now()
    const ends = [...sets].map((set) => ({ do: 'end set' as const, set, at }))
    await this.#report(writer.queue.write(ends))
  }

  #takeWriter(): Promise<Writer> {
    this.#writer ??= this.#parts.writer().catch((error: unknown) => {
      // The next write tries again.
      this.#writer = undefined
      throw error
    })
    return this.#writer
  }

  #isCertain({ lock }: Writer): Promise<void> | undefined {
    try {
      const wait = lock.certain()
      return wait && this.#report(wait)
    } catch (error) {
      throw journalError(error, this.#parts.store.place)
    }
  }

  /** @throws ConfigurationError in place of what the work throws */
  #report<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw journalError(error, this.#parts.store.place)
    })
  }

  #rowOf({ index }: WriteIntent): number | undefined {
    return index === undefined ? undefined : (this.rows?.[index] ?? index)
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new InvalidInputError('the change set is closed')
  }

  #partOf(intent: WriteIntent): Promise<Part> {
    const { table, version } = intent
    const key = `${version} ${table.id}`
    const found = this.#tables.get(key)
    if (found !== undefined) return found
    const part = this.#newPart(intent)
    this.#tables.set(key, part)
    part.then(
      (begun) => this.#begun.push(begun),
      // The next write tries again.
      () => this.#tables.delete(key),
    )
    return part
  }

  async #newPart(intent: WriteIntent): Promise<Part> {
    const { table: of, version, moment } = intent
    const { id: tableId, name, columns } = of
    const table = { id: tableId, name, columns }
    const rules = this.#parts.redaction.of(table)
    const { store } = this.#parts
    const writer = await this.#report(this.#takeWriter())
    if (this.#interrupted !== undefined) {
      const { id, n } = this.#interrupted
      return { id, table, rules, writer, n, lastSeq: await this.#report(store.lastSeq(n)) }
    }
    const { tool, client, principal, command, note, connection, call } = this.#facts
    const undoes = this.#undo?.undoes
    const id = newSetId()
    const set = {
      ...{ id, tool, client, principal, command, connection, call },
      ...{ table, version, undoes, moment },
      job: this.job,
      writer: writer.name,
      note: note === undefined ? undefined : mask(note, this.#facts.secrets),
      begun: store.now(),
    }
    const n = await this.#report(store.addSet(set, writer.lock))
    return { id, table, rules, writer, n, lastSeq: 0 }
  }

  #endingOf(outcome: Outcome<unknown>, { table, rules }: Part, { after }: NewChange): Ending {
    const { id, status } = outcome
    const ended = this.#parts.store.now()
    if (status === 'ok') {
      const { redaction } = this.#parts
      const stored =
        outcome.stored === undefined || after === undefined
          ? undefined
          : storedOtherwise(after, outcome.stored, table, rules, redaction)
      return { state: 'ok', id, stored, ended }
    }
    const problem = mask(outcome.error.message, this.#facts.secrets).slice(0, MAX_PROBLEM_LENGTH)
    // With a cause, the gateway could not be asked; without one, its response did not help.
    const isRetriable = status === 'unknown' && outcome.error.cause !== undefined
    return { state: isRetriable ? 'retriable' : status, id, problem, ended }
  }
}
