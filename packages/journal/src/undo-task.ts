/** The undo of one change set: what carrying it out and previewing it have in common. */
import {
  type Client,
  InvalidInputError,
  type TableHandle,
  type Values,
} from '@chatlayer-tables/core'
import { earlierInserts } from './earlier-inserts.ts'
import type { JournalStore, StoreWrite } from './journal-store.ts'
import type { Redaction } from './redact.ts'
import type { StoredChange } from './stored-change.ts'
import { isSameConnection, type StoredSet } from './stored-set.ts'
import { type Reversal, type Standing, standingOf } from './undo-plan.ts'
import { Reversals, type UndoSelection } from './undo-selection.ts'
import { UndoTally } from './undo-tally.ts'

export interface UndoParts {
  readonly store: JournalStore
  readonly redaction: Redaction
}

/** The end of a process without requests in flight. */
const LONG_AGO = Number.NEGATIVE_INFINITY

export class UndoTask {
  readonly set: StoredSet
  readonly tally = new UndoTally()
  readonly #parts: UndoParts
  readonly #selection: UndoSelection
  readonly #reversals: Reversals
  /** Deletes of records that an earlier run has not inserted again, by the number of their update. */
  #halfway: ReadonlyMap<number, StoredChange> = new Map()
  #canUpdateToNull = true

  /** @throws InvalidInputError for a condition that does not fit the table */
  constructor(parts: UndoParts, set: StoredSet, selection: UndoSelection) {
    this.#parts = parts
    this.set = set
    this.#selection = selection
    this.#reversals = new Reversals(parts.store, set, selection, this.tally)
  }

  /** @throws InvalidInputError when the client works on another connection than the set's */
  async open(client: Client, signal: AbortSignal | undefined): Promise<TableHandle> {
    checkConnection(this.set, client)
    this.#halfway = await this.#parts.store.halfway(this.set.id)
    this.#canUpdateToNull = client.dialect.nullEncoding !== 'omit'
    const table = client.table(this.set.table.id, { version: this.set.version })
    await this.#nameAnonymous(table, signal)
    return table
  }

  /** The changes to undo, from the last to the first; a batch holds each record once. */
  batches(): AsyncGenerator<Reversal[]> {
    return this.#reversals.batches()
  }

  /** The delete of an earlier run whose record is still to be inserted again. */
  halfway({ change }: Reversal): StoredChange | undefined {
    return this.#halfway.get(change.n)
  }

  /** Whether an update is undone by deleting its record and inserting it as it was. */
  isRecreated(reversal: Reversal): boolean {
    if (reversal.does !== 'updated') return false
    if (this.#halfway.has(reversal.change.n)) return true
    const hasNull = Object.values(reversal.set).includes(null)
    return hasNull && !this.#canUpdateToNull && this.#selection.keepIds !== true
  }

  standing(reversal: Reversal, present: Values): Standing {
    const { force = false } = this.#selection
    return standingOf(reversal, present, this.set.table, this.#parts.redaction, force)
  }

  /** Whether a change cannot be undone at all, which is then counted. */
  isHopeless(reversal: Reversal): boolean {
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

  /** Finds the records of inserts that were written under ids that no response showed. */
  async #nameAnonymous(table: TableHandle, signal: AbortSignal | undefined): Promise<void> {
    const { store } = this.#parts
    const changes = await store.changes(this.set.n, { isAnonymous: true, isUndone: false })
    if (changes.length === 0) return
    const rows = changes.map(({ after }) => after?.values ?? {})
    const earlier = await earlierInserts(store, this.set, changes, LONG_AGO, false)
    const found: StoreWrite[] = []
    for await (const { index, status, id } of table.insertMany(rows, { earlier, signal })) {
      const change = changes[index]
      if (change === undefined || status !== 'ok' || id === undefined) continue
      found.push({ do: 'name record', n: change.n, id })
    }
    await store.commit(found, undefined)
  }
}

/** @throws InvalidInputError naming the parts that differ */
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
    { hint: 'Undo it with the connection that made the change.' },
  )
}

function difference(what: string, expected: string, actual: string): string | undefined {
  return expected === actual ? undefined : `its ${what} is "${expected}", and this is "${actual}"`
}
