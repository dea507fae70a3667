import type { Client } from '@chatlayer-tables/core'
import { asStorageError } from '@chatlayer-tables/local'
import { Calls } from './calls.ts'
import { Catalog, type ChangesRef } from './catalog.ts'
import { ChangeSet, type ChangeSetParts } from './change-set.ts'
import { journalError } from './journal-error.ts'
import type { JournalStore } from './journal-store.ts'
import { recover } from './recover.ts'
import { Redaction, type RedactRule } from './redact.ts'
import { type Pruned, type Retention, type RetentionOptions, retentionOf } from './retention.ts'
import { openSqliteStore } from './sqlite/store.ts'
import { recordedChange } from './stored-change.ts'
import { type StoredSet, summaryOf } from './stored-set.ts'
import type {
  ChangePage,
  ChangeSetFacts,
  ChangeSetFilter,
  ChangeSetSummary,
  RecordedChange,
  RecoverOptions,
  Recovery,
  UndoJobReport,
  UndoReport,
} from './types.ts'
import {
  type UndoJobPreview,
  type UndoOptions,
  type UndoPreview,
  type UndoPreviewOptions,
  Undos,
} from './undo.ts'
import { Writers } from './writers.ts'

export type JournalOptions = JournalPlace & JournalLimits

/** Where the journal is. */
export type JournalPlace =
  /** The folder of the journal, readable by its owner alone. It is created where it is missing. */
  | { readonly folder: string; readonly store?: undefined }
  /** A store that is open. The journal closes it. */
  | { readonly store: JournalStore; readonly folder?: undefined }

export interface JournalLimits {
  /** How long change sets are kept, and how much space they may use. */
  readonly retention?: RetentionOptions | undefined
  /** Columns whose values are not kept, or only as a hash. */
  readonly redact?: readonly RedactRule[] | undefined
}

/** A long-lived process prunes at most this often. */
const PRUNE_EVERY_MS = 600_000

/**
 * Opens the journal of this machine's user, or one that several machines share. Several processes may
 * write to it at once.
 *
 * @throws StorageError when it cannot be opened, also after waiting some seconds for another process;
 *   ConfigurationError for an invalid rule of `redact`
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const store = options.store ?? openSqliteStore(options.folder)
  try {
    return new Journal(store, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Keeps every write with the records as they were before, in change sets that can be listed and undone.
 * Close it when done, or declare it with `await using`.
 */
export class Journal implements AsyncDisposable {
  readonly #store: JournalStore
  readonly #catalog: Catalog
  readonly #redaction: Redaction
  readonly #retention: Retention
  readonly #undos: Undos
  /** Calls of tools, by which a repeated one is recognised. */
  readonly calls: Calls
  readonly #writers: Writers
  /** When it pruned last, in milliseconds of performance.now(). */
  #prunedAt = Number.NEGATIVE_INFINITY
  #isOpen = true
  #recovering: Promise<unknown> = Promise.resolve()

  /** @internal */
  constructor(store: JournalStore, { retention = {}, redact = [] }: JournalLimits) {
    this.#store = store
    this.#catalog = new Catalog(store)
    this.#writers = new Writers(store)
    this.#redaction = new Redaction(redact, store.hashKey)
    this.#retention = retentionOf(retention)
    this.calls = new Calls(store)
    this.#undos = new Undos({
      changeSets: this.#parts(),
      catalog: this.#catalog,
      summary: (set) => this.#summary(set),
      recover: (client, options) => this.recover(client, options),
    })
  }

  /** Milliseconds since 1970 by the clock of the journal: that of the machine, or of a shared database. */
  now(): number {
    return this.#store.now()
  }

  /**
   * The listener for the writes of one run of a command or one call of a tool: pass it to
   * `createClient` as `onWrite`, and close it when all is written. Each table and version that is
   * written to gets a change set; a run that writes nothing has none.
   */
  changeSet(facts: ChangeSetFacts): ChangeSet {
    return new ChangeSet(this.#parts(), facts)
  }

  /** The newest first. */
  list(filter: ChangeSetFilter = {}): Promise<ChangeSetSummary[]> {
    return this.#read(async () => this.#summaries(await this.#catalog.list(filter)))
  }

  /** The number of change sets that match the filter, regardless of its limit and offset. */
  count(filter: ChangeSetFilter = {}): Promise<number> {
    return this.#read(() => this.#store.countSets(filter))
  }

  /**
   * @param idOrStart an id, or a beginning of it that only one change set has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  show(idOrStart: string): Promise<ChangeSetSummary> {
    return this.#read(async () => this.#summary(await this.#catalog.find(idOrStart)))
  }

  /**
   * The change set or the job of an id; a change set where both have it.
   *
   * @param idOrStart an id, or a beginning of it that only one change set or job has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  resolve(idOrStart: string): Promise<ChangesRef> {
    return this.#read(() => this.#catalog.resolve(idOrStart))
  }

  /**
   * The whole id of a job that has change sets.
   *
   * @param idOrStart an id, or a beginning of it that only one such job has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  findJob(idOrStart: string): Promise<string> {
    return this.#read(() => this.#catalog.findJob(idOrStart))
  }

  /** The change sets of a job, the newest first; none for an unknown job. @param job whole id */
  ofJob(job: string): Promise<ChangeSetSummary[]> {
    return this.#read(async () => this.#summaries(await this.#catalog.ofJob(job)))
  }

  /** One page of the changes of a set, in the order of their begin. @throws as {@link show} */
  changes(idOrStart: string, page: ChangePage = {}): Promise<RecordedChange[]> {
    return this.#read(async () => {
      const set = await this.#catalog.find(idOrStart)
      return (await this.#catalog.changes(set, page)).map(recordedChange)
    })
  }

  /** Whether a change set is known to have inserted the record, of whatever table. */
  hasInserted(id: string): Promise<boolean> {
    return this.#read(() => this.#store.isInserted(id))
  }

  /** Whether {@link recover} may have outcomes to resolve; cheap. */
  needsRecovery(): Promise<boolean> {
    return this.#read(async () => {
      const own = this.#writers.current?.name
      const names = await this.#store.writers.names()
      if (names.some((name) => name !== own)) return true
      if (own === undefined) return false
      const sets = await this.#store.sets({ unsettledOf: own })
      return sets.some((set) => !this.#isAtWork(set))
    })
  }

  /**
   * Resolves the unknown outcomes of ended processes and of this journal's own ended writes, on this
   * client's connection, with reads only. Where there are any it waits for two seconds, since the last
   * requests may still take effect.
   *
   * @throws the reason of an abort; errors of the gateway are in the result
   */
  recover(client: Client, { signal, secrets = [] }: RecoverOptions = {}): Promise<Recovery> {
    const parts = { store: this.#store, redaction: this.#redaction, secrets }
    // One after the other, so that no two resolve the same change.
    const run = this.#recovering.then(() => {
      const isAtWork = (set: StoredSet) => this.#isAtWork(set)
      return recover(parts, client, { writer: this.#writers.current, isAtWork }, signal)
    })
    this.#recovering = run.catch(() => undefined)
    return run.catch((error: unknown) => {
      throw asStorageError(error, this.#store.place)
    })
  }

  /**
   * Undoes the changes of a set, from the last to the first: deletes inserted records, restores the old
   * values of updated ones, and inserts deleted ones again, under new ids. A record that has changed
   * since is a conflict, and is skipped unless `force` is set. Changes that are undone already are
   * skipped. An undo is a change set itself, and can be undone.
   *
   * An interrupted undo continues when it is run again; no change is undone twice.
   *
   * @throws NotFoundError or InvalidInputError for a set that does not exist, is still written to, is
   *   being undone by another process, or belongs to another connection; the errors of a whole write
   */
  undo(idOrStart: string, options: UndoOptions): Promise<UndoReport> {
    return this.#undos.undo(idOrStart, options)
  }

  /**
   * Undoes all change sets of a job, as {@link undo} does one, from the newest to the oldest. Those that
   * are undone are skipped. An interrupted undo continues when it is run again.
   *
   * @param idOrStart a job's id, or a beginning of it that only one job with changes has
   * @throws as {@link undo}; nothing is undone where a change set is still written to
   */
  undoJob(idOrStart: string, options: UndoOptions): Promise<UndoJobReport> {
    return this.#undos.undoJob(idOrStart, options)
  }

  /** What {@link undoJob} would do now; writes nothing. @throws as {@link undoJob} */
  previewUndoJob(idOrStart: string, options: UndoPreviewOptions): Promise<UndoJobPreview> {
    return this.#undos.previewJob(idOrStart, options)
  }

  /** What {@link undo} would do now; writes nothing. @throws as {@link undo} */
  previewUndo(idOrStart: string, options: UndoPreviewOptions): Promise<UndoPreview> {
    return this.#undos.preview(idOrStart, options)
  }

  /**
   * Deletes change sets that are too old or use too much space; also done automatically when writing
   * ends. A set is old when it is so by the clock of the journal and by the clock of its own gateway,
   * whose present is the newest time in the journal, so that a wrong clock deletes nothing.
   *
   * @param retention each limit in place of the journal's own
   * @param client one that has just read something, and so knows the gateway's present time
   */
  prune(retention: RetentionOptions = {}, client?: Client): Promise<Pruned> {
    this.#prunedAt = performance.now()
    const limits = retentionOf(retention, this.#retention)
    const moment = client?.gatewayMoment()
    const at = moment?.records ?? moment?.dates
    const origin = client?.connection.origin
    const gateway = origin === undefined || at === undefined ? undefined : { origin, now: at }
    return this.#read(() => this.#store.prune(limits, { gateway }))
  }

  /** @throws ConfigurationError when the last outcomes cannot be written */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      await this.#writers.flush().catch((error: unknown) => {
        throw journalError(error, this.#store.place)
      })
      if (this.#writers.hasAny) await this.#pruneIfDue(0)
    } finally {
      await this.#release()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #parts(): ChangeSetParts {
    return {
      store: this.#store,
      redaction: this.#redaction,
      writer: () => this.#writers.take(),
      summary: (id) => this.show(id),
      onClose: () => this.#pruneIfDue(PRUNE_EVERY_MS),
    }
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw asStorageError(error, this.#store.place)
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#writers.release()
    } finally {
      await this.#store.close()
    }
  }

  async #summary(set: StoredSet): Promise<ChangeSetSummary> {
    return summaryOf(set, await this.#isRunning(set))
  }

  #summaries(sets: readonly StoredSet[]): Promise<ChangeSetSummary[]> {
    return Promise.all(sets.map((set) => this.#summary(set)))
  }

  async #isRunning(set: StoredSet): Promise<boolean> {
    if (set.ended !== undefined) return false
    if (set.writer === this.#writers.current?.name) return this.#isAtWork(set)
    return this.#store.writers.isHeld(set.writer)
  }

  /** Whether this process still writes to a set of its own; an interrupted undo has no end either. */
  #isAtWork({ ended, undoes }: StoredSet): boolean {
    return ended === undefined && (undoes === undefined || this.#undos.isUndoing(undoes))
  }

  async #pruneIfDue(everyMs: number): Promise<void> {
    if (performance.now() - this.#prunedAt < everyMs) return
    this.#prunedAt = performance.now()
    if (await this.#read(() => this.#store.isPruneDue(this.#retention, {}))) await this.prune()
  }
}
