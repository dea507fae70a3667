/** Resolves the unknown outcomes of ended processes, with reads only. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ChatlayerError,
  type Client,
  type Made,
  NotFoundError,
  type Outcome,
  type TableHandle,
  type Values,
} from '@chatlayer-tables/core'
import { CommitQueue } from './commit-queue.ts'
import { earlierInserts, NO_CHANGE } from './earlier-inserts.ts'
import type { JournalStore } from './journal-store.ts'
import { whileHeld } from './lost.ts'
import { mask } from './mask.ts'
import type { Redaction } from './redact.ts'
import type { Ending, State, StoredChange } from './stored-change.ts'
import { isSameConnection, type StoredSet, type Target } from './stored-set.ts'
import { differences, storedOtherwise, withNulls } from './stored-values.ts'
import type { Recovery } from './types.ts'
import type { Writer } from './writers.ts'

export interface RecoveryParts {
  readonly store: JournalStore
  readonly redaction: Redaction
  /** Texts to mask in errors that are kept. */
  readonly secrets: readonly string[]
}

/** How long after the end of a process its last requests may still take effect. */
const LAST_EFFECT_MS = 2_000

/** The writer of this process; the sets that it still writes to are skipped. */
export interface OwnWriter {
  readonly writer: Writer | undefined
  readonly isAtWork: (set: StoredSet) => boolean
}

/**
 * Resolves the change sets of this client's connection whose processes have ended, and those that this
 * process no longer writes to. Of several that do it at once, one resolves each of them: it holds the
 * lock of their writer.
 *
 * @throws StorageError when another machine has taken over meanwhile, and the reason of an abort; errors
 *   of the gateway are in the result
 */
export async function recover(
  parts: RecoveryParts,
  client: Client,
  { writer, isAtWork }: OwnWriter,
  signal: AbortSignal | undefined,
): Promise<Recovery> {
  const { store } = parts
  const recovery = { settled: [] as string[], unsettled: [] as { id: string; reason: string }[] }
  const resolve = async (sets: readonly StoredSet[], { lock, queue }: Resolver): Promise<void> => {
    const goneAt = performance.now()
    for (const set of sets) {
      if (!isSameConnection(set.connection, client.connection)) continue
      const reason = await whileHeld(lock, store.place, signal, (either) =>
        resolveSet(parts, set, client, queue, goneAt, either),
      )
      if (reason === undefined) recovery.settled.push(set.id)
      else recovery.unsettled.push({ id: set.id, reason })
    }
  }
  if (writer !== undefined) {
    const sets = await store.sets({ unsettledOf: writer.name })
    await resolve(
      sets.filter((set) => !isAtWork(set)),
      writer,
    )
  }
  for (const name of await store.writers.names()) {
    if (name === writer?.name) continue
    await using lock = await store.writers.tryTake(name)
    if (lock === undefined) continue
    const sets = await store.sets({ unsettledOf: name })
    const queue = new CommitQueue(store, lock)
    try {
      await resolve(sets, { lock, queue })
    } finally {
      await queue.close()
    }
    const isDone = sets.length === 0 || (await hasResolvedAll(store, name))
    if (isDone) await lock.remove()
  }
  return recovery
}

/** What resolves sets, and what its outcomes are written by. */
type Resolver = Pick<Writer, 'lock' | 'queue'>

async function hasResolvedAll(store: JournalStore, writer: string): Promise<boolean> {
  return (await store.sets({ unsettledOf: writer, limit: 1 })).length === 0
}

/** @returns why some outcomes are still unknown; undefined where none is */
async function resolveSet(
  parts: RecoveryParts,
  set: StoredSet,
  client: Client,
  queue: CommitQueue,
  goneAt: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const table = client.table(set.table.id, { version: set.version })
  const open = await parts.store.changes(set.n, { states: ['open', 'retriable'] })
  const resolver = new SetResolver(parts, set, table, queue, goneAt, signal)
  try {
    await resolver.resolve(open)
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ChatlayerError)) throw error
    // A deleted table never responds; any other error may not occur next time.
    if (!(error instanceof NotFoundError)) return error.message
    resolver.giveUp(open, error.message)
  }
  await queue.flush()
  return resolver.reason
}

/** Resolves the changes of one set that have no outcome. */
class SetResolver {
  /** Why some outcomes are still unknown. */
  reason: string | undefined
  readonly #parts: RecoveryParts
  readonly #set: StoredSet
  readonly #table: TableHandle
  readonly #queue: CommitQueue
  readonly #goneAt: number
  readonly #call: { readonly signal: AbortSignal }
  readonly #target: Target
  readonly #done = new Set<number>()

  constructor(
    parts: RecoveryParts,
    set: StoredSet,
    table: TableHandle,
    queue: CommitQueue,
    goneAt: number,
    signal: AbortSignal,
  ) {
    this.#parts = parts
    this.#set = set
    this.#table = table
    this.#queue = queue
    this.#goneAt = goneAt
    this.#call = { signal }
    this.#target = { connection: set.connection, tableId: set.table.id }
  }

  async resolve(open: readonly StoredChange[]): Promise<void> {
    const wait = this.#goneAt + LAST_EFFECT_MS - performance.now()
    if (wait > 0) await sleep(wait, undefined, this.#call)
    const inserts = open.filter(({ kind }) => kind === 'inserted')
    const isHidden = (change: StoredChange) => Object.keys(change.after?.hidden ?? {}).length > 0
    await this.#resolveInserts(inserts.filter((change) => !isHidden(change)))
    await this.#resolveHiddenInserts(inserts.filter(isHidden))
    await this.#resolveById(open.filter(({ kind }) => kind !== 'inserted'))
  }

  /** Marks changes as unknown that can never be checked. */
  giveUp(open: readonly StoredChange[], problem: string): void {
    for (const change of open) {
      if (!this.#done.has(change.n)) this.#end(change, 'unknown', { problem })
    }
  }

  async #resolveInserts(changes: readonly StoredChange[]): Promise<void> {
    if (changes.length === 0) return
    const rows = changes.map(({ after }) => after?.values ?? {})
    const earlier = await earlierInserts(this.#parts.store, this.#set, changes, this.#goneAt)
    const write = this.#table.insertMany(rows, { earlier, ...this.#call })
    for await (const outcome of write) {
      const change = changes[outcome.index]
      if (change === undefined) continue
      const { id, status } = outcome
      if (status === 'ok') this.#end(change, 'ok', { id, stored: this.#stored(change, outcome) })
      else if (status === 'unknown') this.#unknown(change, outcome)
      else if (outcome.error.code === 'NOT_FOUND') this.#notWritten(change)
      else this.#end(change, 'unknown', { problem: outcome.error.message })
    }
  }

  /**
   * Not all of their values are known: each is the only record that matches the known values and was
   * created since, by the gateway's clock.
   */
  async #resolveHiddenInserts(changes: readonly StoredChange[]): Promise<void> {
    if (changes.length === 0) return
    const { store, redaction } = this.#parts
    const { table } = this.#set
    const sought = changes.map((change) => {
      const expected = withNulls(change.after ?? { values: {}, hidden: {} }, table)
      return { change, expected, found: [] as { id: string; made: Made }[] }
    })
    for await (const { id, createdAt, values } of this.#table.records({}, this.#call)) {
      for (const { change, expected, found } of sought) {
        const made = this.#table.whenMade(createdAt, change.moment)
        if (made === 'before') continue
        if (differences(expected, values, table, redaction).length === 0) found.push({ id, made })
      }
    }
    // What was resolved just before counts too.
    await this.#queue.flush()
    const all = new Set(sought.flatMap(({ found }) => found.map(({ id }) => id)))
    const made = new Set(await store.madeOf([...all], this.#target, NO_CHANGE))
    for (const { change, found } of sought) {
      const fitting = found.filter(({ id }) => !made.has(id))
      const [only, ...others] = fitting
      if (only === undefined) this.#notWritten(change)
      else if (others.length > 0) {
        const problem = `${fitting.length} records match the values that the journal keeps`
        this.#end(change, 'unknown', { problem })
      } else if (only.made === 'after') {
        made.add(only.id)
        this.#end(change, 'ok', { id: only.id })
      } else {
        const problem = `record ${only.id} matches the values that the journal keeps, but may be older`
        this.#end(change, 'unknown', { problem })
      }
    }
  }

  async #resolveById(changes: readonly StoredChange[]): Promise<void> {
    const ids = new Set(changes.flatMap(({ id }) => (id === undefined ? [] : [id])))
    const present = await this.#table.getMany([...ids], this.#call)
    for (const change of changes) {
      const now = change.id === undefined ? undefined : present.get(change.id)
      if (change.kind === 'deleted') {
        if (now === undefined) this.#end(change, 'ok', {})
        else this.#notWritten(change)
      } else {
        this.#resolveUpdate(change, now?.values)
      }
    }
  }

  #resolveUpdate(change: StoredChange, now: Values | undefined): void {
    const { before, after } = change
    const { redaction } = this.#parts
    const differs = (expected: typeof after) =>
      now === undefined ||
      expected === undefined ||
      differences(expected, now, this.#set.table, redaction).length > 0
    if (!differs(after)) this.#end(change, 'ok', {})
    else if (!differs(before)) this.#notWritten(change)
    else {
      const problem =
        now === undefined ? 'the record was deleted since' : 'the record was changed since'
      this.#end(change, 'unknown', { problem })
    }
  }

  #notWritten(change: StoredChange): void {
    this.#end(change, 'rejected', { problem: 'not written: its process ended first' })
  }

  /** With a cause, the gateway could not be asked; without one, its response did not help. */
  #unknown(change: StoredChange, { error, tried }: Outcome<unknown> & { status: 'unknown' }): void {
    const isOpen = error.cause !== undefined
    if (isOpen) this.reason = error.message
    const problem = [error.message, ...tried].join('; ')
    this.#end(change, isOpen ? 'retriable' : 'unknown', { problem })
  }

  #stored({ after }: StoredChange, { stored }: Outcome<unknown> & { status: 'ok' }) {
    if (stored === undefined || after === undefined) return undefined
    const { table } = this.#set
    const { redaction } = this.#parts
    return storedOtherwise(after, stored, table, redaction.of(table), redaction)
  }

  #end(change: StoredChange, state: State, facts: Pick<Ending, 'id' | 'problem' | 'stored'>): void {
    this.#done.add(change.n)
    const { store, secrets } = this.#parts
    const problem = facts.problem === undefined ? undefined : mask(facts.problem, secrets)
    const ending = { ...facts, problem, state, ended: store.now() }
    const [target, table] = [this.#target, this.#set.table]
    this.#queue.note({ do: 'end change', change, was: change.state, ending, target, table })
  }
}
