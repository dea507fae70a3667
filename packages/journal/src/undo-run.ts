/** Carrying an undo out, or telling what it would do. */
import {
  type BulkWrite,
  type Client,
  InvalidInputError,
  NotExpressibleError,
  type Preview,
  type PreviewedChange,
  type TableHandle,
  type Values,
  type WriteIntent,
} from '@chatlayer-tables/core'
import type { StoredSet } from './catalog.ts'
import type { Guard } from './change-set.ts'
import { readById } from './present.ts'
import { earlierInserts, isSameConnection } from './recover.ts'
import type { Redaction } from './redact.ts'
import type { Store, StoredChange } from './store.ts'
import { overlay, withNulls } from './stored-values.ts'
import type { UndoCounts } from './types.ts'
import { type Reversal, standingOf } from './undo-plan.ts'
import { Reversals, type UndoSelection } from './undo-selection.ts'
import { AlreadyUndone, Conflict, UndoTally } from './undo-tally.ts'

export interface UndoParts {
  readonly store: Store
  readonly redaction: Redaction
}

/** For a process that ended so long ago that nothing of it can still be in flight. */
const LONG_AGO = Number.NEGATIVE_INFINITY

/** Records as they would be by then, by id; null for one that would be gone. */
export type Imagined = Map<string, Values | null>

/** One undo of one set, over its changes from the last to the first. */
export class UndoRun implements Guard {
  readonly tally = new UndoTally()
  readonly #parts: UndoParts
  readonly #set: StoredSet
  readonly #force: boolean
  readonly #keepsIds: boolean
  /** Records of updates that an earlier run deleted and did not come to insert again. */
  #halfway: ReadonlyMap<number, StoredChange> = new Map()
  #canUpdateToNull = true
  readonly #reversals: Reversals
  readonly #onProgress: ((counts: UndoCounts) => void) | undefined
  /** What is under way, by the id or the values that the client is given. */
  #byId = new Map<string, Reversal>()
  #byValues = new Map<Values, Reversal>()
  /** Records as they stood when they were read for their write. */
  #present = new Map<Reversal, Values>()

  /** @throws InvalidInputError for a condition that does not fit the table */
  constructor(
    parts: UndoParts,
    set: StoredSet,
    selection: UndoSelection,
    onProgress?: (counts: UndoCounts) => void,
  ) {
    this.#parts = parts
    this.#set = set
    this.#force = selection.force === true
    this.#keepsIds = selection.keepIds === true
    this.#reversals = new Reversals(parts.store, set, selection, this.tally)
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
      this.#present.set(reversal, before.values)
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
    for (const reversals of this.#reversals.batches()) {
      this.#present = new Map()
      const doable = reversals.filter((reversal) => !this.#isHopeless(reversal))
      const those = (does: Reversal['does']) => doable.filter((each) => each.does === does)
      const recreated = those('updated').filter((each) => this.#isRecreated(each))
      const updates = those('updated').filter((each) => !this.#isRecreated(each))
      const [deletes, inserts] = [those('deleted'), those('inserted')]
      const call = { signal }
      this.#byId = new Map([...deletes, ...updates].map((each) => [each.id ?? '', each]))
      this.#byValues = new Map(inserts.map((each) => [each.set, each]))
      await this.#write(deletes, table.deleteById(ids(deletes), call))
      const changes = updates.map(({ id = '', set }) => ({ id, set }))
      await this.#write(updates, table.updateMany(changes, call))
      const rows = inserts.map(({ set }) => set)
      await this.#write(inserts, table.insertMany(rows, call))
      await this.#recreate(table, recreated, call)
      await settled()
    }
  }

  /** Whether an update is taken back by deleting its record and inserting it as it was. */
  #isRecreated({ change, set }: Reversal): boolean {
    if (this.#halfway.has(change.n)) return true
    const hasNull = Object.values(set).includes(null)
    return hasNull && !this.#canUpdateToNull && !this.#keepsIds
  }

  /** Deletes records and inserts them again; those that an earlier run deleted are only inserted. */
  async #recreate(
    table: TableHandle,
    reversals: readonly Reversal[],
    call: { readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    const toInsert: [Values, Reversal][] = []
    const toDelete: Reversal[] = []
    const restored = (before: Values = {}, reversal: Reversal): Values => ({
      ...before,
      ...reversal.set,
    })
    for (const reversal of reversals) {
      const deleted = this.#halfway.get(reversal.change.n)
      if (deleted !== undefined) {
        const { values = {}, hidden = {} } = deleted.before ?? {}
        const lost = [...new Set([...reversal.lost, ...Object.keys(hidden)])]
        toInsert.push([restored(values, reversal), { ...reversal, lost }])
      } else if (await this.#canInsert(table, restored(reversal.left?.values, reversal))) {
        toDelete.push(reversal)
      } else {
        this.tally.problem(reversal, 'rejected', 'the record could not be inserted again as it was')
      }
    }
    this.#byId = new Map(toDelete.map((each) => [each.id ?? '', each]))
    await this.#write(toDelete, table.deleteById(ids(toDelete), call), (reversal) => {
      toInsert.push([restored(this.#present.get(reversal), reversal), reversal])
    })
    this.#byValues = new Map(toInsert)
    const write = table.insertMany([...this.#byValues.keys()], call)
    await this.#write([...this.#byValues.values()], write, (reversal) => {
      this.tally.undone(reversal, true)
    })
  }

  /** Whether a record can be written at all; looked at before it is deleted. */
  async #canInsert(table: TableHandle, values: Values): Promise<boolean> {
    try {
      await table.preview.insert([values])
      return true
    } catch (error) {
      if (error instanceof InvalidInputError || error instanceof NotExpressibleError) return false
      throw error
    }
  }

  /**
   * What carrying it out would do; only reads.
   *
   * @param limit how many changes to show
   * @param imagined what undos before this one would have made of the records; added to
   */
  async preview(
    client: Client,
    limit: number,
    signal: AbortSignal | undefined,
    imagined: Imagined = new Map(),
  ): Promise<Preview> {
    const table = this.#open(client)
    await this.#nameAnonymous(table, signal)
    const counts = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
    const changes: PreviewedChange[] = []
    for (const reversals of this.#reversals.batches()) {
      const wanted = ids(reversals).filter((id) => !imagined.has(id))
      const present = await readById(table, wanted, signal)
      for (const reversal of reversals) {
        if (this.#isHopeless(reversal)) continue
        const { id } = reversal
        const stands = id === undefined ? undefined : (imagined.get(id) ?? present.get(id)?.values)
        const now = stands ?? this.#halfway.get(reversal.change.n)?.before?.values
        const planned = this.#imagine(reversal, now)
        if (planned === undefined) continue
        const place = id ?? reversal.change.id
        if (place !== undefined) imagined.set(place, planned.after ?? null)
        counts[planned.change]++
        if (changes.length < limit) changes.push(planned)
      }
    }
    const matched = counts.inserted + counts.updated + counts.deleted
    const rejected = { rejected: [], rejectedCount: 0 }
    return { matched, counts, changes, truncated: matched > changes.length, ...rejected }
  }

  /** @returns undefined for a change that would not be taken back */
  #imagine(reversal: Reversal, now: Values | undefined): PreviewedChange | undefined {
    const { does, id, set } = reversal
    const { table } = this.#set
    if (does !== 'inserted' && now === undefined) {
      this.tally.gone(reversal)
      return undefined
    }
    if (now !== undefined) {
      const standing = standingOf(reversal, now, table, this.#parts.redaction, this.#force)
      if (standing.kind === 'conflict') this.tally.conflict(reversal, standing.columns)
      else if (standing.kind === 'unchanged') this.tally.counts.unchanged++
      if (standing.kind !== 'go') return undefined
    }
    this.tally.undone(reversal, does === 'updated' && this.#isRecreated(reversal))
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
    this.#halfway = this.#parts.store.halfway(this.#set.id)
    this.#canUpdateToNull = client.dialect.nullEncoding !== 'omit'
    return client.table(table.id, { version })
  }

  /** Whether a change cannot be taken back at all, which is noted then. */
  #isHopeless(reversal: Reversal): boolean {
    const { does, id, set, lost } = reversal
    if (does === 'updated' && Object.keys(set).length === 0) {
      if (lost.length === 0) this.tally.counts.unchanged++
      else this.tally.lost(reversal)
      return true
    }
    if (does === 'deleted' && id === undefined) {
      this.tally.gone(reversal)
      return true
    }
    return false
  }

  async #write(
    reversals: readonly Reversal[],
    write: BulkWrite<unknown>,
    onOk?: (reversal: Reversal) => void,
  ): Promise<void> {
    for await (const outcome of write) {
      const reversal = reversals[outcome.index]
      if (reversal === undefined) continue
      if (outcome.status !== 'ok') this.tally.failed(reversal, outcome)
      else if (onOk === undefined) this.tally.undone(reversal)
      else onOk(reversal)
      this.#onProgress?.(this.tally.counts)
    }
  }

  /** Looks for the records of inserts that landed under ids nobody told. */
  async #nameAnonymous(table: TableHandle, signal: AbortSignal | undefined): Promise<void> {
    const { store } = this.#parts
    const where = 'AND content IS NOT NULL AND record IS NULL AND undone_by IS NULL'
    const changes = [...store.changes(this.#set.n, where)]
    if (changes.length === 0) return
    const rows = changes.map(({ after }) => after?.values ?? {})
    const earlier = earlierInserts(store, this.#set, changes, LONG_AGO, false)
    for await (const outcome of table.insertMany(rows, { earlier, signal })) {
      const change = changes[outcome.index]
      if (change === undefined || outcome.status !== 'ok' || outcome.id === undefined) continue
      const { id } = outcome
      store.transaction(() => store.setRecord(change.n, id))
    }
  }
}

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
