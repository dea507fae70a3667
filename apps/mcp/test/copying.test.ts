/** compare_tables and copy_records, over every transport and by both generations of clients. */
import type { Version } from '@chatlayer-tables/core'
import type { Emulator } from '@chatlayer-tables/emulator'
import { expect, it } from 'vitest'
import { describeTools } from './suite.ts'

function valuesOf(emulator: Emulator, table: string, version: Version): string[] {
  const records = emulator.tables.records(table, version)
  return records.map(({ values }) => JSON.stringify(values)).toSorted()
}

const NAMED = { name: { in: ['Store 1', 'Store 2', 'Store 99', 'Gone'] } }

const PUBLISH = { from: 'stores@draft', to: 'stores@live', key: ['name'] }

/** LIVE: one equal record, one that differs, one that DRAFT lacks, and one of another city. */
function fillLive(emulator: Emulator): void {
  emulator.tables.insert(
    'stores',
    [
      { name: 'Store 1', city: 'Ghent', rank: 1, open: false },
      { name: 'Store 2', city: 'Gent', rank: 20, open: true },
      { name: 'Gone', city: 'Ghent', rank: 9 },
      { name: 'Other', city: 'Paris', rank: 7 },
    ],
    'LIVE',
  )
}

describeTools('comparing and copying', (suite) => {
  it('compares DRAFT with LIVE by a key that it finds', async () => {
    const empty = await suite.client.call('compare_tables', { a: 'stores' })
    expect(empty.data).toMatchObject({
      ...{ a: 'stores (DRAFT)', b: 'stores (LIVE)', key: ['name'] },
      counts: { a: 60, b: 0, only_in_a: 60 },
      notice: expect.stringContaining('stores (LIVE) is empty.'),
    })
    fillLive(suite.emulator)
    const { data } = await suite.client.call('compare_tables', { a: 'stores', where: NAMED })
    expect(data).toMatchObject({
      key: ['name'],
      counts: { equal: 1, different: 1, only_in_a: 0, only_in_b: 1, duplicate_keys: 0 },
      by_column: { city: 1, rank: 1 },
      different: {
        columns: ['name', 'column', 'a', 'b'],
        rows: [
          ['Store 2', 'city', 'Ghent', 'Gent'],
          ['Store 2', 'rank', 2, 20],
        ],
      },
      only_in_b: { columns: ['name', 'city', 'rank', 'open'], rows: [['Gone', 'Ghent', 9, null]] },
      truncated: false,
    })
  })

  it('copies named keys to LIVE in two calls, and undoes it in one', async () => {
    const client = await suite.open('--allow-live')
    const { emulator } = suite
    fillLive(emulator)
    const before = valuesOf(emulator, 'stores', 'LIVE')
    const draft = valuesOf(emulator, 'stores', 'DRAFT')
    const args = { ...PUBLISH, where: NAMED, delete: true }

    const refused = await client.call('copy_records', args)
    expect(refused).toMatchObject({ isError: true })
    expect(refused.data).toMatchObject({
      error: { code: 'CONFIRMATION_NEEDED' },
      ...{ would_update: 1, would_delete: 1, unchanged: 1 },
      updates: { rows: [['Store 2', 'Gent', 'Ghent', 20, 2]] },
      deletes: { rows: [['Gone', 'Ghent', 9]] },
    })
    expect(valuesOf(emulator, 'stores', 'LIVE')).toEqual(before)

    const { confirm_token } = refused.data
    const done = await client.call('copy_records', { confirm_token })
    expect(done, done.text).toMatchObject({ isError: false })
    expect(done.data).toMatchObject({
      ...{ version: 'LIVE', inserted: 0, updated: 1, deleted: 1, unchanged: 1 },
      ...{ rejected: 0, unknown: 0, problems: [], deleted_keys: [['Gone']] },
      notice: expect.stringContaining('To undo: call undo_changes'),
    })
    const equal = await client.call('compare_tables', { a: 'stores', where: NAMED })
    expect(equal.data).toMatchObject({
      counts: { equal: 2, different: 0, only_in_a: 0, only_in_b: 0 },
      notice: expect.stringContaining('No differences.'),
    })
    expect(valuesOf(emulator, 'stores', 'LIVE')).toHaveLength(3)

    const again = await client.call('copy_records', args)
    expect(again.data).toMatchObject({ updated: 0, unchanged: 2 })

    const undo = { change_set: done.data.change_set }
    const { data } = await client.call('undo_changes', undo)
    await client.call('undo_changes', { confirm_token: data.confirm_token })
    expect(valuesOf(emulator, 'stores', 'LIVE')).toEqual(before)
    expect(valuesOf(emulator, 'stores', 'DRAFT')).toEqual(draft)
  })

  it('does not write to LIVE unless the operator allows it', async () => {
    const { data } = await suite.client.call('copy_records', PUBLISH)
    expect(data).toMatchObject({ error: { code: 'LIVE_NOT_ALLOWED' } })
    expect(valuesOf(suite.emulator, 'stores', 'LIVE')).toEqual([])
  })
})
