/** How to undo a change. Pure: neither reads nor writes. */
import { canonicalValue, type Value, type Values } from '@chatlayer-tables/core'
import type { Redaction } from './redact.ts'
import type { StoredChange } from './stored-change.ts'
import { differences, type Kept, overlay, withNulls } from './stored-values.ts'
import type { ChangeKind, JournalTable } from './types.ts'

/** The write that undoes one change. */
export interface Reversal {
  readonly change: StoredChange
  /** The kind of write. */
  readonly does: ChangeKind
  /** The record's present id; undefined for a record that is inserted again. */
  readonly id: string | undefined
  /** The values to write; empty for a delete. */
  readonly set: Values
  /** The record after the change; undefined for a delete. */
  readonly left: Kept | undefined
  /** Columns whose values are not kept, and so cannot be restored. */
  readonly lost: readonly string[]
}

const NOTHING: Kept = { values: {}, hidden: {} }

/** @param currentId the present id of the change's record */
export function reversalOf(
  change: StoredChange,
  table: JournalTable,
  currentId: string | undefined,
): Reversal {
  const { kind, before = NOTHING, after = NOTHING } = change
  switch (kind) {
    case 'inserted': {
      const left = withNulls(after, table)
      return { change, does: 'deleted', id: currentId, set: {}, left, lost: [] }
    }
    case 'deleted': {
      const lost = Object.keys(before.hidden)
      const set = { ...before.values }
      return { change, does: 'inserted', id: undefined, set, left: undefined, lost }
    }
    case 'updated': {
      const left = overlay(before, after)
      return { change, does: 'updated', id: currentId, left, ...restoring(before, after, table) }
    }
  }
}

/** What restores the columns that an update changed; of hidden columns as far as can be detected. */
function restoring(before: Kept, after: Kept, table: JournalTable): Pick<Reversal, 'set' | 'lost'> {
  const set: Record<string, Value> = {}
  const lost: string[] = []
  for (const column of [...Object.keys(after.values), ...Object.keys(after.hidden)]) {
    if (!isChanged(column, before, after, table)) continue
    if (Object.hasOwn(before.hidden, column)) lost.push(column)
    else set[column] = before.values[column] ?? null
  }
  return { set, lost }
}

function isChanged(column: string, before: Kept, after: Kept, table: JournalTable): boolean {
  const [was, is] = [before.hidden[column], after.hidden[column]]
  if (was === undefined && is === undefined) {
    const [old, now] = [before.values[column] ?? null, after.values[column] ?? null]
    return canonicalValue(old, column, table) !== canonicalValue(now, column, table)
  }
  return was === null || is === null || was !== is
}

/**
 * - `go`: the record is as it was after the change
 * - `unchanged`: it has the values to restore already
 * - `conflict`: it has changed since
 */
export type Standing =
  | { readonly kind: 'go' | 'unchanged' }
  | { readonly kind: 'conflict'; readonly columns: readonly string[] }

/** Compares a present record with the change to undo. */
export function standingOf(
  { does, left, set }: Reversal,
  present: Values,
  table: JournalTable,
  redaction: Redaction,
  force: boolean,
): Standing {
  const columns = left === undefined ? [] : differences(left, present, table, redaction)
  if (columns.length === 0) return { kind: 'go' }
  const wanted = { values: set, hidden: {} }
  const isRestored =
    does === 'updated' && differences(wanted, present, table, redaction).length === 0
  if (isRestored) return { kind: 'unchanged' }
  return force ? { kind: 'go' } : { kind: 'conflict', columns }
}
