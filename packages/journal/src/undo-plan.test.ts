import { describe, expect, it } from 'vitest'
import { Redaction } from './redact.ts'
import type { StoredChange } from './stored-change.ts'
import type { JournalTable } from './types.ts'
import { reversalOf, standingOf } from './undo-plan.ts'

const table: JournalTable = {
  id: 't',
  name: 'stores',
  columns: [
    { name: 'city', type: 'text' },
    { name: 'price', type: 'numeric' },
    { name: 'note', type: 'text' },
  ],
}

const redaction = new Redaction([], new Uint8Array(32))

function change(facts: Partial<StoredChange>): StoredChange {
  return {
    ...{ n: 1, kind: 'inserted', id: 'r1', before: undefined, after: undefined, at: 0 },
    ...{ reverses: undefined, state: 'ok', ended: 0, problem: undefined, undoneBy: undefined },
    ...{ moment: undefined, sent: undefined, row: undefined },
    ...facts,
  }
}

const kept = (values: Record<string, string | null>) => ({ values, hidden: {} })

describe('taking back', () => {
  it('an insert deletes the record, which it left with nulls where nothing was given', () => {
    const reversal = reversalOf(change({ after: kept({ city: 'Ghent' }) }), table, 'now')
    expect(reversal).toMatchObject({ does: 'deleted', id: 'now', set: {} })
    expect(reversal.left?.values).toEqual({ city: 'Ghent', price: null, note: null })
  })

  it('a delete inserts all values again', () => {
    const before = kept({ city: 'Ghent', price: '1', note: null })
    const reversal = reversalOf(change({ kind: 'deleted', before }), table, undefined)
    expect(reversal).toMatchObject({ does: 'inserted', id: undefined, set: before.values })
  })

  it('an update writes the columns that it changed, and no others', () => {
    const before = kept({ city: 'Ghent', price: '1.50', note: 'a' })
    const after = kept({ city: 'Bruges', price: '1.5', note: 'a' })
    const reversal = reversalOf(change({ kind: 'updated', before, after }), table, 'r1')
    expect(reversal).toMatchObject({ does: 'updated', set: { city: 'Ghent' }, lost: [] })
    expect(Object.keys(reversal.set)).toEqual(['city'])
  })

  it('names the columns whose values are not kept', () => {
    const before = { values: { price: '1' }, hidden: { city: null, note: 'hash 1' } }
    const after = { values: { price: '2' }, hidden: { city: null, note: 'hash 1' } }
    const updated = reversalOf(change({ kind: 'updated', before, after }), table, 'r1')
    expect(updated).toMatchObject({ set: { price: '1' }, lost: ['city'] })
    const deleted = reversalOf(change({ kind: 'deleted', before }), table, undefined)
    expect(deleted.lost).toEqual(['city', 'note'])
  })
})

describe('a record', () => {
  const before = kept({ city: 'Ghent', price: '1', note: null })
  const reversal = reversalOf(
    change({ kind: 'updated', before, after: kept({ city: 'Bruges' }) }),
    table,
    'r1',
  )
  const standing = (values: Record<string, string | null>, force = false) =>
    standingOf(reversal, values, table, redaction, force)

  it('as the change left it is undone, in any form of its values', () => {
    expect(standing({ city: 'Bruges', price: '1.00', note: null })).toEqual({ kind: 'go' })
  })

  it('that differs in any column is a conflict, unless it is forced', () => {
    const differing = { city: 'Bruges', price: '2', note: 'x' }
    expect(standing(differing)).toEqual({ kind: 'conflict', columns: ['price', 'note'] })
    expect(standing(differing, true)).toEqual({ kind: 'go' })
  })

  it('that holds the old values already is left', () => {
    expect(standing({ city: 'Ghent', price: '9', note: null })).toEqual({ kind: 'unchanged' })
  })
})
