import { join } from 'node:path'
import type { Client } from '@chatlayer-tables/core'
import {
  asStorageError,
  type HeldLock,
  LockFolder,
  type Locks,
  takeNew,
} from '@chatlayer-tables/local'
import { Calls } from './calls.ts'
import { Catalog, type ChangesRef } from './catalog.ts'
import { ChangeSet, type ChangeSetParts } from './change-set.ts'
import { CommitQueue } from './commit-queue.ts'
import { type JournalDatabase, openJournalDatabase } from './database.ts'
import { recover } from './recover.ts'
import { Redaction, type RedactRule } from './redact.ts'
import {
  isPruneDue,
  type Pruned,
  prune,
  type Retention,
  type RetentionOptions,
  retentionOf,
} from './retention.ts'
import { Store } from './store.ts'
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
import { writerLocks } from './writer-lock.ts'

export interface JournalOptions {
  /** The folder of the journal, readable by its owner alone. It is created where it is missing. */
  readonly folder: string
  /** How long change sets are kept, and how much space they may use. */
  readonly retention?: RetentionOptions | undefined
  /** Columns whose values are not kept, or only as a hash. */
  readonly redact?: readonly RedactRule[] | undefined
}

/** A long-lived process prunes at most this often. */
const PRUNE_EVERY_MS = 600_000

/**
 * Opens the journal of this machine's user. Several processes may write to it at once.
 *
 * @throws StorageError when it cannot be opened, also after waiting some seconds for another process;
 *   ConfigurationError for an invalid rule of `redact`
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  return new Journal(options)
}

/**
 * Keeps every write with the records as they were before, in change sets that can be listed and undone.
 * Close it when done, or declare it with `await using`.
 */
export class Journal implements AsyncDisposable {
  readonly #opened: JournalDatabase
  readonly #store: Store
  readonly #catalog: Catalog
  readonly #queue: CommitQueue
  readonly #redaction: Redaction
  readonly #retention: Retention
  readonly #locks: Locks
  readonly #undos: Undos
  /** Calls of tools, by which a repeated one is recognised. */
  readonly calls: Calls
  /** The lock of this process, once it writes. */
  #writer: HeldLock | undefined
  #takingWriter: Promise<HeldLock> | undefined
  /** When it pruned last, in milliseconds of performance.now(). */
  #prunedAt = Number.NEGATIVE_INFINITY
  #isOpen = true
  #recovering: Promise<unknown> = Promise.resolve()

  /** @internal */
  constructor({ folder, retention = {}, redact = [] }: JournalOptions) {
    const opened = openJournalDatabase(folder)
    this.#opened = opened
    this.#store = new Store(opened.database)
    this.#catalog = new Catalog(this.#store)
    this.#queue = new CommitQueue(opened, this.#store)
    this.#redaction = new Redaction(redact, opened.hashKey)
    this.#retention = retentionOf(retention)
    this.#locks = writerLocks(folder)
    this.calls = new Calls(this.#store, new LockFolder(join(folder, 'calls')))
    this.#undos = new Undos({
      changeSets: this.#parts(),
      catalog: this.#catalog,
      locks: new LockFolder(join(folder, 'undos')),
      summary: (set) => this.#summary(set),
      recover: (client, options) => this.recover(client, options),
    })
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
    return this.#read(() => this.#summaries(this.#catalog.list(filter)))
  }

  /** The number of change sets that match the filter, regardless of its limit and offset. */
  count(filter: ChangeSetFilter = {}): Promise<number> {
    return this.#read(async () => this.#catalog.count(filter))
  }

  /**
   * @param idOrStart an id, or a beginning of it that only one change set has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  show(idOrStart: string): Promise<ChangeSetSummary> {
    return this.#read(() => this.#summary(this.#catalog.find(idOrStart)))
  }

  /**
   * The change set or the job of an id; a change set where both have it.
   *
   * @param idOrStart an id, or a beginning of it that only one change set or job has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  resolve(idOrStart: string): Promise<ChangesRef> {
    return this.#read(async () => this.#catalog.resolve(idOrStart))
  }

  /**
   * The whole id of a job that has change sets.
   *
   * @param idOrStart an id, or a beginning of it that only one such job has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  findJob(idOrStart: string): Promise<string> {
    return this.#read(async () => this.#catalog.findJob(idOrStart))
  }

  /** The change sets of a job, the newest first; none for an unknown job. @param job whole id */
  ofJob(job: string): Promise<ChangeSetSummary[]> {
    return this.#read(() => this.#summaries(this.#catalog.ofJob(job)))
  }

  /** One page of the changes of a set, in the order of their begin. @throws as {@link show} */
  changes(idOrStart: string, page: ChangePage = {}): Promise<RecordedChange[]> {
    return this.#read(async () =>
      this.#catalog.changes(this.#catalog.find(idOrStart), page).map(recordedChange),
    )
  }

  /** Whether a change set is known to have inserted the record, of whatever table. */
  hasInserted(id: string): Promise<boolean> {
    return this.#read(async () => this.#store.isInserted(id))
  }

  /** Whether {@link recover} may have outcomes to resolve; cheap. */
  needsRecovery(): Promise<boolean> {
    return this.#read(async () => {
      const own = this.#writer?.name
      const names = await this.#locks.names()
      if (names.some((name) => name !== own)) return true
      return own !== undefined && this.#catalog.unsettled(own).some((set) => !this.#isAtWork(set))
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
    const [store, catalog, redaction, locks] = [
      this.#store,
      this.#catalog,
      this.#redaction,
      this.#locks,
    ]
    // One after the other, so that no two resolve the same change.
    const run = this.#recovering.then(() =>
      recover(
        { store, catalog, redaction, locks, secrets },
        client,
        { name: this.#writer?.name, isAtWork: (set) => this.#isAtWork(set) },
        signal,
      ),
    )
    this.#recovering = run.catch(() => undefined)
    return run.catch((error: unknown) => {
      throw asStorageError(error, this.#opened.path)
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
   * ends. A set is old when it is so by the clock of this machine and by the clock of its own gateway,
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
    return this.#read(async () => {
      const running = await this.#runningWriters()
      const isRunning = (writer: string) => running.has(writer)
      return prune(this.#store.database, limits, isRunning, { now: Date.now(), gateway })
    })
  }

  /** @throws ConfigurationError when the last outcomes cannot be written */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      await this.#queue.close()
      if (this.#writer !== undefined) await this.#pruneIfDue(0)
    } finally {
      const writer = this.#writer
      if (writer !== undefined) {
        if (this.#hasSettledAll(writer)) await writer.remove()
        else await writer.release()
      }
      this.#store.database.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #parts(): ChangeSetParts {
    return {
      store: this.#store,
      queue: this.#queue,
      redaction: this.#redaction,
      path: this.#opened.path,
      writer: () => this.#takeWriter(),
      summary: (id) => this.show(id),
      onClose: () => this.#pruneIfDue(PRUNE_EVERY_MS),
    }
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw asStorageError(error, this.#opened.path)
    }
  }

  /** False for a journal that cannot be read, since it may have unknown outcomes. */
  #hasSettledAll({ name }: HeldLock): boolean {
    try {
      return this.#catalog.unsettled(name).length === 0
    } catch {
      return false
    }
  }

  async #takeWriter(): Promise<string> {
    this.#takingWriter ??= takeNew(this.#locks)
    try {
      this.#writer = await this.#takingWriter
    } catch (error) {
      this.#takingWriter = undefined
      throw error
    }
    return this.#writer.name
  }

  async #summary(set: StoredSet): Promise<ChangeSetSummary> {
    const isOwn = set.writer === this.#writer?.name
    return summaryOf(set, isOwn ? this.#isAtWork(set) : await this.#isRunning(set.writer))
  }

  #summaries(sets: readonly StoredSet[]): Promise<ChangeSetSummary[]> {
    return Promise.all(sets.map((set) => this.#summary(set)))
  }

  /** Whether this process still writes to a set of its own; an interrupted undo has no end either. */
  #isAtWork({ ended, undoes }: StoredSet): boolean {
    return ended === undefined && (undoes === undefined || this.#undos.isUndoing(undoes))
  }

  async #isRunning(writer: string): Promise<boolean> {
    return writer === this.#writer?.name || (await this.#locks.isHeld(writer))
  }

  async #runningWriters(): Promise<ReadonlySet<string>> {
    const running = new Set<string>()
    for (const name of await this.#locks.names()) {
      if (await this.#isRunning(name)) running.add(name)
    }
    return running
  }

  async #pruneIfDue(everyMs: number): Promise<void> {
    if (performance.now() - this.#prunedAt < everyMs) return
    this.#prunedAt = performance.now()
    const present = { now: Date.now() }
    if (isPruneDue(this.#store.database, this.#retention, present)) await this.prune()
  }
}
