/** Undoes change sets and jobs: one run at a time of each, under a change set of its own. */
import {
  type Client,
  InvalidInputError,
  type Preview,
  type WriteListener,
} from '@chatlayer-tables/core'
import { asStorageError, type HeldLock, holderText } from '@chatlayer-tables/local'
import type { Catalog } from './catalog.ts'
import { ChangeSet, type ChangeSetParts, type Guard } from './change-set.ts'
import { throwIfLost, whileHeld } from './lost.ts'
import type { StoredSet } from './stored-set.ts'
import type {
  ChangeSetFacts,
  ChangeSetSummary,
  RecoverOptions,
  UndoCounts,
  UndoJobReport,
  UndoProblem,
  UndoReport,
} from './types.ts'
import { isEffective, isUndone, previewEach, undoEach } from './undo-job.ts'
import { previewUndo } from './undo-preview.ts'
import { UndoRun } from './undo-run.ts'
import type { UndoSelection } from './undo-selection.ts'
import { checkConnection, UndoTask } from './undo-task.ts'

export interface UndoOptions
  extends UndoSelection,
    Omit<ChangeSetFacts, 'connection' | 'job' | 'call'> {
  /**
   * Makes a client of the change set's connection that passes its writes to this listener. The undo
   * closes it.
   */
  readonly connect: (onWrite: WriteListener) => Client | Promise<Client>
  readonly signal?: AbortSignal | undefined
  /** Called often, always with the same object, whose figures change. */
  readonly onProgress?: ((counts: UndoCounts) => void) | undefined
}

export interface UndoPreviewOptions extends UndoSelection {
  readonly client: Client
  /** How many changes to show (default: 100); all are counted. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The writes of an undo, and the changes that it would not undo. */
export interface PlannedUndo extends Preview {
  readonly undo: UndoCounts
  readonly problems: readonly UndoProblem[]
}

export interface UndoPreview extends PlannedUndo {
  readonly summary: ChangeSetSummary
}

export interface UndoJobPreview extends PlannedUndo {
  readonly job: string
  /** The change sets of the job, the newest first. */
  readonly summaries: readonly ChangeSetSummary[]
}

/** What undoing needs of its journal. */
export interface UndosParts {
  readonly changeSets: ChangeSetParts
  readonly catalog: Catalog
  readonly summary: (set: StoredSet) => Promise<ChangeSetSummary>
  readonly recover: (client: Client, options: RecoverOptions) => Promise<unknown>
}

/** See {@link Journal} for what its methods do and throw. */
export class Undos {
  readonly #parts: UndosParts
  /** Ids of the change sets that this process is undoing. */
  readonly #undoing = new Set<string>()

  constructor(parts: UndosParts) {
    this.#parts = parts
  }

  isUndoing(id: string): boolean {
    return this.#undoing.has(id)
  }

  async undo(idOrStart: string, options: UndoOptions): Promise<UndoReport> {
    const { store } = this.#parts.changeSets
    const { id } = await this.#read(() => this.#undoable(idOrStart))
    const lock = await this.#read(() => store.undos.tryTake(id))
    if (lock === undefined) {
      const by = holderText(await this.#read(() => store.undos.holder(id)))
      throw new InvalidInputError(`${by} is undoing change set ${id}`, {
        hint: 'Wait until it has ended, or end it.',
      })
    }
    try {
      const { signal } = options
      return await this.#read(() =>
        whileHeld(lock, store.place, signal, (either) => this.#run(id, lock, options, either)),
      )
    } finally {
      await lock.remove()
    }
  }

  async undoJob(idOrStart: string, options: UndoOptions): Promise<UndoJobReport> {
    const { catalog } = this.#parts
    const job = await this.#read(() => catalog.findJob(idOrStart))
    const sets = await this.#undoableOf(job)
    const done = await undoEach(
      sets,
      (id, onProgress) => this.undo(id, { ...options, onProgress }),
      options.onProgress,
    )
    const undos = await this.#read(async () => {
      const ofSets = (await catalog.ofJob(job)).map(({ id }) => catalog.undosOf(id))
      return (await Promise.all(ofSets)).flat()
    })
    return {
      job,
      undoes: sets.map(({ id }) => id),
      ids: undos
        .filter(isEffective)
        .toSorted((a, b) => b.n - a.n)
        .map(({ id }) => id),
      ...done,
    }
  }

  async preview(idOrStart: string, options: UndoPreviewOptions): Promise<UndoPreview> {
    const { catalog, changeSets, recover, summary } = this.#parts
    const { client, limit = 100, signal } = options
    checkConnection(await this.#undoable(idOrStart), client)
    await recover(client, { signal })
    return this.#read(async () => {
      const set = await catalog.find(idOrStart)
      const task = new UndoTask(changeSets, set, options)
      const preview = await previewUndo(task, client, limit, signal)
      const { counts, problems } = task.tally
      return { ...preview, summary: await summary(set), undo: counts, problems }
    })
  }

  async previewJob(idOrStart: string, options: UndoPreviewOptions): Promise<UndoJobPreview> {
    const { catalog, changeSets, recover, summary } = this.#parts
    const { client, limit = 100, signal } = options
    const job = await this.#read(() => catalog.findJob(idOrStart))
    for (const set of await this.#undoableOf(job)) checkConnection(set, client)
    await recover(client, { signal })
    const sets = await this.#undoableOf(job)
    const tasks = sets.map((set) => new UndoTask(changeSets, set, options))
    const preview = await this.#read(() => previewEach(tasks, client, limit, signal))
    const summaries = await this.#read(async () =>
      Promise.all((await catalog.ofJob(job)).map(summary)),
    )
    return { ...preview, job, summaries }
  }

  /** @throws NotFoundError, InvalidInputError */
  async #undoable(idOrStart: string): Promise<StoredSet> {
    const set = await this.#parts.catalog.find(idOrStart)
    if ((await this.#parts.summary(set)).status !== 'running') return set
    throw new InvalidInputError(`change set ${set.id} is still being written to`, {
      hint: 'Wait until that has ended, or end it.',
    })
  }

  /** The change sets of a job that are not undone, the newest first. @throws InvalidInputError */
  #undoableOf(job: string): Promise<StoredSet[]> {
    const { catalog } = this.#parts
    return this.#read(async () => {
      const sets = await catalog.ofJob(job)
      for (const { id } of sets) await this.#undoable(id)
      const left: StoredSet[] = []
      for (const set of sets) {
        if (!isUndone(set, await catalog.undosOf(set.id))) left.push(set)
      }
      return left
    })
  }

  async #run(
    id: string,
    lock: HeldLock,
    options: UndoOptions,
    signal: AbortSignal,
  ): Promise<UndoReport> {
    const { catalog, changeSets, recover } = this.#parts
    const { connect, onProgress, secrets } = options
    const set = await catalog.find(id)
    const task = new UndoTask(changeSets, set, options)
    const run = new UndoRun(task, onProgress)
    const guard: Guard = {
      check: (intent) => {
        throwIfLost(lock, changeSets.store.place)
        return run.check(intent)
      },
    }
    const { tool, client: program, principal, command, note } = options
    const facts = {
      tool,
      client: program,
      principal,
      command,
      note,
      secrets,
      connection: set.connection,
    }
    const listener = new ChangeSet(changeSets, facts, { undoes: id, guard })
    await using client = await connect(listener)
    checkConnection(set, client)
    await recover(client, { signal, secrets })
    const interrupted = await catalog.interruptedUndo(id)
    if (interrupted !== undefined) await listener.resume(interrupted)
    let isWhole = false
    this.#undoing.add(id)
    try {
      await run.carryOut(client, () => listener.flush(), signal)
      isWhole = true
    } finally {
      await listener.close(isWhole).finally(() => this.#undoing.delete(id))
    }
    return {
      id: listener.ids[0] ?? interrupted?.id,
      undoes: id,
      table: set.table.name,
      version: set.version,
      resumed: interrupted !== undefined,
      counts: task.tally.counts,
      problems: task.tally.problems,
    }
  }

  async #read<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw asStorageError(error, this.#parts.changeSets.store.place)
    }
  }
}
