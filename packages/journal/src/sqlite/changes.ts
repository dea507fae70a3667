/** Writes changes and their outcomes. Called within a transaction. */
import { type PackedId, packId } from '@chatlayer-tables/local'
import type { StoreWrite } from '../journal-store.ts'
import { hiddenText, kindCode, type NewChange, setOf, stateCode } from '../stored-change.ts'
import type { Target } from '../stored-set.ts'
import { contentHash, keptToText, type StoredOtherwise, valuesToText } from '../stored-values.ts'
import type { FindChanges } from './find-changes.ts'
import type { Statements } from './statements.ts'

type EndChange = Extract<StoreWrite, { do: 'end change' }>

export class WriteChanges {
  readonly #statements: Statements
  readonly #find: FindChanges

  constructor(statements: Statements, find: FindChanges) {
    this.#statements = statements
    this.#find = find
  }

  add(change: NewChange): void {
    const { before, after } = change
    this.#prepare(
      `INSERT INTO changes (n, kind, state, record, before, after, hidden, at, reverses,
         moment_records, moment_dates, row)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      change.n,
      kindCode(change.kind),
      stateCode('open'),
      change.id === undefined ? null : packId(change.id),
      before === undefined ? null : valuesToText(before.values),
      after === undefined ? null : valuesToText(after.values),
      hiddenText(before, after),
      change.at,
      change.reverses ?? null,
      change.moment?.records ?? null,
      change.moment?.dates ?? null,
      change.row ?? null,
    )
    this.#statements.counts.add(setOf(change.n), 'total', 1)
  }

  end({ change, was, ending, target, table }: EndChange): void {
    const { n, kind, reverses } = change
    const id = ending.id ?? change.id
    const isInsert = kind === 'inserted'
    const isTwice =
      ending.state === 'ok' && isInsert && id !== undefined && this.#find.isMade(id, target, n)
    const state = isTwice ? 'elsewhere' : ending.state
    const isAnonymous = state === 'ok' && isInsert && id === undefined
    const content = isAnonymous ? contentHash(change.after?.values ?? {}, table) : null
    const record: PackedId | null = id === undefined ? null : packId(id)
    this.#prepare(
      'UPDATE changes SET state = ?, record = ?, content = ?, ended = ?, problem = ? WHERE n = ?',
    ).run(stateCode(state), record, content, ending.ended, ending.problem ?? null, n)
    if (ending.stored !== undefined) this.#keepStored(change, ending.stored)
    this.#statements.counts.move(change, was, state)
    if (state !== 'ok' || reverses === undefined) return
    const reversed = this.#find.change(reverses)
    if (isInsert && id !== undefined) this.#rename(n, reversed?.id, id, target)
    // An update whose record was deleted, to be inserted again, is only half undone.
    if (!(kind === 'deleted' && reversed?.kind === 'updated')) this.#markUndone(reverses, n)
  }

  /** Stores the id of an insert whose id no response showed. */
  name(n: number, id: string): void {
    const query = 'UPDATE changes SET record = ?, content = NULL WHERE n = ? AND record IS NULL'
    this.#prepare(query).run(packId(id), n)
  }

  /** Stores that a record was inserted again under a new id. */
  #rename(n: number, was: string | undefined, id: string, target: Target): void {
    if (was === undefined) return
    const old = this.#find.currentId(was, target)
    if (old === id) return
    const insert = this.#prepare('INSERT OR REPLACE INTO renamed VALUES (?, ?, ?)')
    insert.run(setOf(n), packId(old), packId(id))
  }

  /**
   * Marks a change as undone by another. If it was an undo itself, the change that it had undone is
   * effective again, and so on.
   */
  #markUndone(n: number, by: number): void {
    let [current, undoneBy]: [number | undefined, number | null] = [n, by]
    while (current !== undefined) {
      const row = this.#find.change(current)
      if (row === undefined) return
      const wasUndone = row.undoneBy !== undefined
      this.#prepare('UPDATE changes SET undone_by = ? WHERE n = ?').run(undoneBy, current)
      const more = Number(undoneBy !== null) - Number(wasUndone)
      this.#statements.counts.add(setOf(current), 'undone', more)
      undoneBy = undoneBy === null ? current : null
      current = row.reverses
    }
  }

  /** Replaces the sent values by those that the gateway stored, and keeps both. */
  #keepStored({ n, before }: NewChange, { after, sent }: StoredOtherwise): void {
    this.#prepare('UPDATE changes SET after = ?, hidden = ?, sent = ? WHERE n = ?').run(
      valuesToText(after.values),
      hiddenText(before, after),
      keptToText(sent),
      n,
    )
  }

  #prepare(query: string) {
    return this.#statements.prepare(query)
  }
}
