/** Carrying an undo out, or telling what it would do. */
import {
  type BulkWrite,
  type Client,
  InvalidInputError,
  type Outcome,
  type Preview,
  type PreviewedChange,
  recordFilter,
  type TableHandle,
  type TableRecord,
  type Values,
  type Where,
  type WriteIntent,
} from '@chatlayer-tables/core'
import type { StoredSet } from './catalog.ts'
import type { Guard } from './change-set.ts'
import { readById } from './present.ts'
import { earlierInserts, isSameConnection } from './recover.ts'
import type { Redaction } from './redact.ts'
import type { Store, StoredChange, Target } from './store.ts'
import { overlay, withNulls } from './stored-values.ts'
import type { UndoCounts, UndoProblem } from './types.ts'
import { type Reversal, reversalOf, standingOf } from './undo-plan.ts'

/** Which changes of a set to take back; all that is given must hold, everything when left out. */
export interface UndoSelection {
  /** Ids of records, as the set has them or as they are now. */
  readonly records?: readonly string[] | undefined
  /** A condition on the values that the change left, or on those that it deleted. */
  readonly where?: Where | undefined
  /** Also where somebody changed the record since. */
  readonly force?: boolean | undefined
}

export interface UndoParts {
  readonly store: Store
  readonly redaction: Redaction
}

/** Changes that are looked at and taken back together. */
const AT_ONCE = 500
/** Problems that are told one by one. */
const MOST_PROBLEMS = 10_000

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The record is not as the change left it. */
class Conflict extends Error {
  readonly columns: readonly string[]

  constructor(columns: readonly string[]) {
    super('the record was changed since')
    this.columns = columns
  }
}

/** The record is already as it is to be. */
class AlreadyUndone extends Error {}

/** One undo of one set, over its changes from the last to the first. */
export class UndoRun implements Guard {
  readonly counts: Mutable<UndoCounts> = {
    total: 0,
    undone: 0,
    unchanged: 0,
    conflicts: 0,
    gone: 0,
    unsettled: 0,
    rejected: 0,
    unknown: 0,
    incomplete: 0,
  }
  readonly problems: UndoProblem[] = []
  readonly #parts: UndoParts
  readonly #set: StoredSet
  readonly #force: boolean
  readonly #records: ReadonlySet<string> | undefined
  readonly #matches: ((record: TableRecord) => boolean) | undefined
  readonly #target: Target
  readonly #onProgress: ((counts: UndoCounts) => void) | undefined
  /** What is under way, by the id or the values that the client is given. */
  #byId = new Map<string, Reversal>()
  #byValues = new Map<Values, Reversal>()

  /** @throws InvalidInputError for a condition that does not fit the table */
  constructor(
    parts: UndoParts,
    set: StoredSet,
    { records, where, force = false }: UndoSelection,
    onProgress?: (counts: UndoCounts) => void,
  ) {
    this.#parts = parts
    this.#set = set
    this.#force = force
    this.#records = records === undefined ? undefined : new Set(records)
    this.#matches = where === undefined ? undefined : recordFilter(where, set.table)
    this.#target = { connection: set.connection, tableId: set.table.id }
    this.#onProgress = onProgress
  }

  /** Called by the change set with each write before it is kept: with the record as it stands now. */
  check({ change, id, before, values }: WriteIntent): number {
    const reversal =
      change === 'inserted' ? this.#byValues.get(values ?? {}) : this.#byId.get(id ?? '')
    if (reversal === undefined) throw new InvalidInputError('this write is no part of the undo')
    if (before !== undefined) {
      const { redaction } = this.#parts
      const { table } = this.#set
      const standing = standingOf(reversal, before.values, table, redaction, this.#force)
      if (standing.kind === 'unchanged') throw new AlreadyUndone()
      if (standing.kind === 'conflict') throw new Conflict(standing.columns)
    }
    return reversal.change.n
  }

  /**
   * @param client whose listener asks this run
   * @param settled resolves once the outcomes that the listener was told of are in the journal
   * @throws the errors of a whole call, and the reason of an abort
   */
  async carryOut(
    client: Client,
    settled: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const table = this.#open(client)
    await this.#nameAnonymous(table, signal)
    for (const reversals of this.#batches()) {
      const doable = reversals.filter((reversal) => !this.#isHopeless(reversal))
      const those = (does: Reversal['does']) => doable.filter((each) => each.does === does)
      const [deletes, updates, inserts] = [those('deleted'), those('updated'), those('inserted')]
      this.#byId = new Map([...deletes, ...updates].map((each) => [each.id ?? '', each]))
      this.#byValues = new Map(inserts.map((each) => [each.set, each]))
      const call = { signal }
      await this.#write(deletes, table.deleteById(ids(deletes), call))
      const changes = updates.map(({ id = '', set }) => ({ id, set }))
      await this.#write(updates, table.updateMany(changes, call))
      const rows = inserts.map(({ set }) => set)
      await this.#write(inserts, table.insertMany(rows, call))
      await settled()
    }
  }

  /** What carrying it out would do; only reads. @param limit how many changes to show */
  async preview(client: Client, limit: number, signal: AbortSignal | undefined): Promise<Preview> {
    const table = this.#open(client)
    await this.#nameAnonymous(table, signal)
    const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
    const changes: PreviewedChange[] = []
    /** Records as they would stand by then; null for one that would be gone. */
    const imagined = new Map<string, Values | null>()
    for (const reversals of this.#batches()) {
      const wanted = ids(reversals).filter((id) => !imagined.has(id))
      const present = await readById(table, wanted, signal)
      for (const reversal of reversals) {
        if (this.#isHopeless(reversal)) continue
        const { id } = reversal
        const now = id === undefined ? undefined : (imagined.get(id) ?? present.get(id)?.values)
        const planned = this.#imagine(reversal, now)
        if (planned === undefined) continue
        const place = id ?? reversal.change.id
        if (place !== undefined) imagined.set(place, planned.after ?? null)
        counts[planned.change]++
        if (changes.length < limit) changes.push(planned)
      }
    }
    const matched = counts.inserted + counts.updated + counts.deleted
    return { matched, counts, changes, truncated: matched > changes.length }
  }

  /** @returns undefined for a change that would not be taken back */
  #imagine(reversal: Reversal, now: Values | undefined): PreviewedChange | undefined {
    const { does, id, set, lost } = reversal
    const { table } = this.#set
    if (does !== 'inserted' && now === undefined) {
      this.#gone(reversal)
      return undefined
    }
    if (now !== undefined) {
      const standing = standingOf(reversal, now, table, this.#parts.redaction, this.#force)
      if (standing.kind === 'conflict') this.#conflict(reversal, standing.columns)
      else if (standing.kind === 'unchanged') this.counts.unchanged++
      if (standing.kind !== 'go') return undefined
    }
    this.counts.undone++
    if (lost.length > 0) this.#incomplete(reversal)
    if (does === 'deleted') return { change: does, id, before: now, after: undefined }
    const hidden = {}
    if (does === 'updated') {
      const after = overlay({ values: now ?? {}, hidden }, { values: set, hidden }).values
      return { change: does, id, before: now, after }
    }
    const after = withNulls({ values: set, hidden }, table).values
    return { change: does, id: undefined, before: undefined, after }
  }

  /** @throws InvalidInputError when the client works on another connection than the set's */
  #open(client: Client): TableHandle {
    const { table, version } = this.#set
    checkConnection(this.#set, client)
    return client.table(table.id, { version })
  }

  /**
   * The changes that are in force and chosen, from the last to the first, in batches in which no
   * record comes twice: what was done to it first is taken back last.
   */
  *#batches(): Generator<Reversal[]> {
    let batch: Reversal[] = []
    let seen = new Set<string>()
    for (const change of this.#changesInForce()) {
      let reversal = this.#reversalOf(change)
      if (!this.#isChosen(reversal)) continue
      this.counts.total++
      if (!this.#hasLanded(change)) {
        this.#problem(reversal, 'unsettled', change.problem ?? 'it is not known whether it landed')
        continue
      }
      const { id } = change
      if (batch.length >= AT_ONCE || (id !== undefined && seen.has(id))) {
        yield batch
        batch = []
        seen = new Set()
        // The record may have been brought back under another id.
        reversal = this.#reversalOf(change)
      }
      if (id !== undefined) seen.add(id)
      batch.push(reversal)
    }
    if (batch.length > 0) yield batch
  }

  /** Read in pieces: the set may be long, and what is being written to the database must not wait. */
  *#changesInForce(): Generator<StoredChange> {
    const { store } = this.#parts
    const where =
      'AND n < ? AND state IN (0, 1, 3, 5) AND undone_by IS NULL ORDER BY n DESC LIMIT ?'
    let before = Number.MAX_SAFE_INTEGER
    for (;;) {
      const piece = [...store.changes(this.#set.n, where, before, AT_ONCE)]
      yield* piece
      const last = piece.at(-1)
      if (last === undefined) return
      before = last.n
    }
  }

  #reversalOf(change: StoredChange): Reversal {
    const { id } = change
    const current = id === undefined ? undefined : this.#parts.store.currentId(id, this.#target)
    return reversalOf(change, this.#set.table, current)
  }

  #isChosen({ change, id, left }: Reversal): boolean {
    const records = this.#records
    if (records !== undefined) {
      const names = [change.id, id].filter((name) => name !== undefined)
      if (!names.some((name) => records.has(name))) return false
    }
    if (this.#matches === undefined) return true
    const { values } = left ?? change.before ?? { values: {} }
    return this.#matches({ id: change.id ?? '', createdAt: '', updatedAt: '', values })
  }

  /** Whether the change is known to have landed; with `force`, one that may have is taken for it. */
  #hasLanded({ state, id }: StoredChange): boolean {
    return state === 'ok' || (this.#force && id !== undefined)
  }

  /** Whether a change cannot be taken back at all, which is noted then. */
  #isHopeless(reversal: Reversal): boolean {
    const { does, id, set, lost } = reversal
    if (does === 'updated' && Object.keys(set).length === 0) {
      if (lost.length === 0) this.counts.unchanged++
      else this.#lost(reversal)
      return true
    }
    if (does === 'deleted' && id === undefined) {
      this.#gone(reversal)
      return true
    }
    return false
  }

  async #write(reversals: readonly Reversal[], write: BulkWrite<unknown>): Promise<void> {
    for await (const outcome of write) {
      const reversal = reversals[outcome.index]
      if (reversal !== undefined) this.#note(reversal, outcome)
      this.#onProgress?.(this.counts)
    }
  }

  #note(reversal: Reversal, outcome: Outcome<unknown>): void {
    if (outcome.status === 'ok') {
      this.counts.undone++
      if (reversal.lost.length > 0) this.#incomplete(reversal)
      return
    }
    const { error } = outcome
    const { cause } = error
    if (cause instanceof AlreadyUndone) this.counts.unchanged++
    else if (cause instanceof Conflict) this.#conflict(reversal, cause.columns)
    else if (error.code === 'NOT_FOUND' && error.request === undefined) this.#gone(reversal)
    else this.#problem(reversal, outcome.status, error.message, { hint: error.hint })
  }

  #conflict(reversal: Reversal, columns: readonly string[]): void {
    const named = columns.map((column) => `"${column}"`).join(', ')
    this.#problem(reversal, 'conflict', `the record was changed since, in ${named}`, { columns })
  }

  #gone(reversal: Reversal): void {
    this.#problem(reversal, 'gone', 'the record is gone')
  }

  #incomplete(reversal: Reversal): void {
    this.counts.incomplete++
    this.#tell(reversal, 'incomplete', NOT_KEPT, { columns: reversal.lost })
  }

  #lost(reversal: Reversal): void {
    this.#problem(reversal, 'rejected', NOT_KEPT, { columns: reversal.lost })
  }

  #problem(
    reversal: Reversal,
    status: Exclude<UndoProblem['status'], 'incomplete'>,
    reason: string,
    more: Partial<UndoProblem> = {},
  ): void {
    this.counts[status === 'conflict' ? 'conflicts' : status]++
    this.#tell(reversal, status, reason, more)
  }

  #tell(
    { change }: Reversal,
    status: UndoProblem['status'],
    reason: string,
    { columns = [], hint }: Partial<UndoProblem>,
  ): void {
    if (this.problems.length >= MOST_PROBLEMS) return
    this.problems.push({ id: change.id, change: change.kind, status, reason, hint, columns })
  }

  /** Looks for the records of inserts that landed under ids nobody told. */
  async #nameAnonymous(table: TableHandle, signal: AbortSignal | undefined): Promise<void> {
    const { store } = this.#parts
    const where = 'AND content IS NOT NULL AND record IS NULL AND undone_by IS NULL'
    const changes = [...store.changes(this.#set.n, where)]
    if (changes.length === 0) return
    const rows = changes.map(({ after }) => after?.values ?? {})
    const earlier = earlierInserts(store, this.#set, changes, 0, false)
    for await (const outcome of table.insertMany(rows, { earlier, signal })) {
      const change = changes[outcome.index]
      if (change === undefined || outcome.status !== 'ok' || outcome.id === undefined) continue
      const { id } = outcome
      store.transaction(() => store.setRecord(change.n, id))
    }
  }
}

const NOT_KEPT = 'the journal does not keep the values of some columns'

/** @throws InvalidInputError naming what is not the set's */
export function checkConnection({ id, connection }: StoredSet, client: Client): void {
  const { origin, teamId, botId } = client.connection
  if (isSameConnection(connection, { origin, teamId, botId })) return
  const differences = [
    difference('gateway', connection.origin, origin),
    difference('team', connection.teamId, teamId),
    difference('bot', connection.botId, botId),
  ].filter((text) => text !== undefined)
  throw new InvalidInputError(
    `change set ${id} belongs to another connection: ${differences.join('; ')}`,
    { hint: 'An undo goes where the change was made. Set that connection.' },
  )
}

function difference(what: string, of: string, now: string): string | undefined {
  return of === now ? undefined : `its ${what} is "${of}", and this is "${now}"`
}

function ids(reversals: readonly Reversal[]): string[] {
  return reversals.flatMap(({ id }) => (id === undefined ? [] : [id]))
}
