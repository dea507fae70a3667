import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { describe, expect, it } from 'vitest'
import type { Progress } from './clients.ts'
import { STORE_COUNT } from './fixture.ts'
import { describeTools, tokenFor } from './suite.ts'

describeTools('writing', (suite) => {
  describe('insert_records', () => {
    it('reports each row, and continues after a rejected one', async () => {
      const answer = await suite.client.call('insert_records', {
        table: 'stores',
        records: [{ name: 'New', rank: 100 }, { rank: 'high' }, { name: 'Newer' }],
        note: 'opening two stores',
      })
      expect(answer).toMatchObject({
        isError: false,
        data: {
          inserted: 2,
          rejected: 1,
          unknown: 0,
          version: 'DRAFT',
          ids: [expect.any(String), null, expect.any(String)],
          problems: [{ row: 1, status: 'rejected', field: 'records[1].rank' }],
        },
      })
      const names = suite.emulator.tables.records('stores').map(({ values }) => values.name)
      expect(names.slice(STORE_COUNT)).toEqual(['New', 'Newer'])
    })

    it('reports values that the gateway stored in another form', async () => {
      suite.emulator.setDialect({ nullEncoding: 'empty' })
      try {
        const { data } = await suite.client.call('insert_records', {
          table: 'stores',
          records: [{ name: '', city: 'Ghent' }, { name: 'As sent' }],
        })
        const [id] = data.ids as string[]
        expect(data).toMatchObject({
          inserted: 2,
          rejected: 0,
          problems: [{ row: 0, id, status: 'stored', reason: expect.stringContaining('"name"') }],
        })
        expect(data.notice).toContain('1 record was stored with values other than those sent')
        const undo = { change_set: data.change_set, dry_run: true }
        const preview = await suite.client.call('undo_changes', undo)
        expect(preview.data).toMatchObject({
          would_delete: 2,
          deletes: {
            columns: ['name', 'id', 'city'],
            rows: [
              ['As sent', null, null],
              [null, id, 'Ghent'],
            ],
          },
        })
        expect(preview.data).not.toHaveProperty('problems')
      } finally {
        suite.emulator.setDialect({ nullEncoding: 'omit' })
      }
    })

    it('accepts records that were encoded twice', async () => {
      const records = '["{\\"name\\":\\"Twice\\"}"]'
      expect(
        (await suite.client.call('insert_records', { table: 'stores', records })).data,
      ).toMatchObject({ inserted: 1 })
    })

    it('reports an insert with an unknown outcome', async () => {
      suite.emulator.faults.set([
        { kind: 'reset', when: 'after', actions: ['INSERT'] },
        { kind: 'status', status: 403, actions: ['SELECT'] },
      ])
      const answer = await suite.client.call('insert_records', {
        table: 'stores',
        records: [{ name: 'x' }],
      })
      expect(answer).toMatchObject({
        isError: false,
        data: { inserted: 0, unknown: 1, ids: [null], problems: [{ row: 0, status: 'unknown' }] },
      })
      expect(answer.data.notice).toContain('1 may have been written')
    })
  })

  describe('update_records', () => {
    it('shows before and after, and writes nothing, with dry_run', async () => {
      const answer = await suite.client.call('update_records', {
        table: 'stores',
        where: { rank: { lt: 2 } },
        set: { city: 'Ghent' },
        dry_run: true,
      })
      expect(answer.data).toMatchObject({
        dry_run: true,
        matched: 2,
        would_update: 1,
        unchanged: 1,
        updates: {
          columns: ['name', 'city', 'city (new)'],
          rows: [['Store 0', 'Bruges', 'Ghent']],
        },
      })
      expect(answer.data.notice).toContain('nothing was written')
      expect(cities(suite.emulator).Bruges).toBe(20)
    })

    it('writes by condition and by id', async () => {
      const where = { rank: { lt: 3 } }
      const set = { city: 'Antwerp' }
      const byWhere = await suite.client.call('update_records', { table: 'stores', where, set })
      expect(byWhere.data).toMatchObject({ matched: 3, updated: 3, rejected: 0 })
      const ids = suite.emulator.tables
        .records('stores')
        .slice(3, 5)
        .map(({ id }) => id)
      const byId = await suite.client.call('update_records', { table: 'stores', ids, set })
      expect(byId.data).toMatchObject({ matched: 2, updated: 2 })
      expect(cities(suite.emulator).Antwerp).toBe(5)
    })

    it('requires confirmation for changes of many records', async () => {
      const call = { table: 'stores', where: { city: 'Ghent' }, set: { open: true } }
      const held = await suite.client.call('update_records', {
        ...call,
        where: { rank: { lt: 45 } },
      })
      expect(held).toMatchObject({
        isError: true,
        data: { error: { code: 'CONFIRMATION_NEEDED', field: 'confirm_token' }, would_update: 22 },
      })
      expect(held.text).toContain(String(held.data.confirm_token))
      expect(opened(suite.emulator)).toBe(STORE_COUNT / 2)
      const threshold = await suite.open('--confirm-above', '19')
      const preview = await threshold.call('update_records', { ...call, dry_run: true })
      expect(preview.data.notice).toContain('confirm_token')
      const { confirm_token } = preview.data
      const right = await threshold.call('update_records', { ...call, confirm_token })
      expect(right.data).toMatchObject({ matched: 40, updated: 20 })
      expect(right.data.notice).toContain('20 of 40 records already have these values.')
      expect(opened(suite.emulator)).toBe(STORE_COUNT / 2 + 20)
    })

    it('requires all: true for every record', async () => {
      const set = { open: true }
      const empty = await suite.client.call('update_records', {
        table: 'stores',
        where: {},
        set,
      })
      expect(empty.isError).toBe(true)
      const none = await suite.client.call('update_records', { table: 'stores', set })
      expect(none).toMatchObject({ isError: true, data: { error: { field: 'where' } } })
      expect(opened(suite.emulator)).toBe(STORE_COUNT / 2)
      const all = await suite.client.call('update_records', {
        table: 'stores',
        all: true,
        set,
        confirm_token: await tokenFor(suite.client, 'update_records', {
          table: 'stores',
          all: true,
          set,
        }),
      })
      expect(all.data).toMatchObject({ matched: 60, updated: 30 })
      expect(opened(suite.emulator)).toBe(STORE_COUNT)
    })
  })

  describe('delete_records', () => {
    it('deletes previewed records, only with the token', async () => {
      const call = { table: 'stores', where: { rank: { gte: 58 } } }
      const preview = await suite.client.call('delete_records', { ...call, dry_run: true })
      expect(preview.data).toMatchObject({
        matched: 2,
        would_delete: 2,
        deletes: {
          rows: [
            ['Store 58', 'Ghent', 58, true],
            ['Store 59', 'Ghent', 59, false],
          ],
        },
      })
      const held = await suite.client.call('delete_records', call)
      expect(held).toMatchObject({ isError: true, data: { error: { field: 'confirm_token' } } })
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT)
      const { confirm_token } = preview.data
      const done = await suite.client.call('delete_records', { ...call, confirm_token })
      expect(done.data).toMatchObject({ matched: 2, deleted: 2 })
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT - 2)
    })

    it('deletes by id', async () => {
      const ids = suite.emulator.tables
        .records('stores')
        .slice(0, 1)
        .map(({ id }) => id)
      const call = { table: 'stores', ids }
      const confirm_token = await tokenFor(suite.client, 'delete_records', call)
      const { data } = await suite.client.call('delete_records', { ...call, confirm_token })
      expect(data).toMatchObject({ deleted: 1 })
    })

    it('does not delete another record for an unknown id', async () => {
      const ids = ['00000000-0000-4000-8000-000000000000']
      const call = { table: 'stores', ids, dry_run: true }
      const answer = await suite.client.call('delete_records', call)
      expect(answer.isError).toBe(true)
      expect(answer.text).toContain('00000000-0000-4000-8000-000000000000')
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT)
    })
  })

  describe('a client that can ask its user', () => {
    it('asks the user, and writes only after agreement', async () => {
      const asked: string[] = []
      let agrees = false
      const client = await suite.openAsking((message) => {
        asked.push(message)
        return agrees
      })
      const call = { table: 'stores', where: { rank: { gte: 58 } } }
      const declined = await client.call('delete_records', call)
      expect(declined).toMatchObject({
        isError: true,
        data: { error: { code: 'NOT_CONFIRMED' } },
      })
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT)
      agrees = true
      const { data } = await client.call('delete_records', call)
      expect(data).toMatchObject({ deleted: 2 })
      expect(asked).toHaveLength(2)
      expect(asked[1]).toContain('delete 2 records of "stores" (DRAFT)')
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT - 2)
    })
  })

  it('moves records through files of a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-suite-'))
    try {
      const client = await suite.open('--files', folder, '--confirm', 'bulk=allow')
      const exported = await client.call('export_file', { table: 'stores', file: 'all.csv' })
      expect(exported.data).toMatchObject({ records: STORE_COUNT, format: 'csv' })
      const call = { table: 'stores', file: 'all.csv', mode: 'upsert', key: ['name'] }
      const imported = await client.call('import_file', call)
      expect(imported.data).toMatchObject({ read: STORE_COUNT, unchanged: STORE_COUNT })
      const outside = await client.call('import_file', { ...call, file: '../all.csv' })
      expect(outside).toMatchObject({ isError: true, data: { error: { field: 'file' } } })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  describe('upsert_records', () => {
    it('rejects a repeated key and a key of two records, in the preview as in the write', async () => {
      suite.emulator.tables.insert('stores', [{ name: 'Store 1', rank: 1_000 }])
      const records = [
        { name: 'Store 1', rank: 5 },
        { name: 'Store 2', rank: 6 },
        { name: 'New', rank: 7 },
        { name: 'New', rank: 8 },
      ]
      const call = { table: 'stores', key: ['name'], records }
      const preview = await suite.client.call('upsert_records', { ...call, dry_run: true })
      const problems = [
        { row: 0, status: 'rejected', reason: expect.stringContaining('name = "Store 1"') },
        { row: 3, status: 'rejected', reason: expect.stringContaining('Row 3 (counted from 1)') },
      ]
      expect(preview.data).toMatchObject({ rejected: 2, problems, dry_run: true })
      expect(preview.data).toMatchObject({ would_update: 1, would_insert: 1 })
      const written = await suite.client.call('upsert_records', call)
      expect(written.data).toMatchObject({ inserted: 1, updated: 1, rejected: 2, problems })
      expect(written.data.problems).toEqual(preview.data.problems)
      const ranks = suite.emulator.tables.records('stores').map(({ values }) => values.rank)
      expect(ranks).toEqual(expect.arrayContaining([1, 6, 7, 1_000]))
    })

    it('inserts new rows, updates different ones, and skips equal ones', async () => {
      const records = [
        { name: 'Store 1', rank: 1 },
        { name: 'Store 2', rank: 200 },
        { name: 'Store 99', rank: 99 },
        { name: 'Store 3', rank: 'high' },
      ]
      const call = { table: 'stores', key: 'name', records: records.slice(0, 3) }
      const preview = await suite.client.call('upsert_records', { ...call, dry_run: true })
      expect(preview.data).toMatchObject({
        dry_run: true,
        ...{ would_update: 1, would_insert: 1, unchanged: 1 },
        updates: { columns: ['name', 'rank', 'rank (new)'], rows: [['Store 2', 2, 200]] },
        inserts: { columns: ['name', 'rank'], rows: [['Store 99', 99]] },
      })
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT)
      const { data } = await suite.client.call('upsert_records', { ...call, records })
      expect(data).toMatchObject({
        inserted: 1,
        updated: 1,
        unchanged: 1,
        rejected: 1,
        problems: [{ row: 3, field: 'records[3].rank' }],
      })
      expect(suite.emulator.tables.count('stores')).toBe(STORE_COUNT + 1)
    })
  })

  it('reports the progress of a write', async () => {
    const client = await suite.open()
    const texts: Progress[] = []
    // On a busy machine, all progress of a quick call would arrive with its result.
    suite.emulator.faults.set([{ kind: 'latency', ms: 400, actions: ['INSERT'] }])
    // With those of the tests before, too few to need a confirmation.
    const records = Array.from({ length: 12 }, (_, rank) => ({ name: `P${rank}`, rank }))
    await client.call('insert_records', { table: 'stores', records }, (progress) => {
      texts.push(progress)
    })
    suite.emulator.faults.clear()
    // A client of the older protocol drops progress that arrives with the result.
    const last = texts.at(-1)?.progress
    expect(texts.at(-1)).toMatchObject({ total: 12, message: `${last} of 12 written` })
  })
})

function cities(emulator: Emulator): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { values } of emulator.tables.records('stores')) {
    counts[String(values.city)] = (counts[String(values.city)] ?? 0) + 1
  }
  return counts
}

function opened(emulator: Emulator): number {
  return emulator.tables.records('stores').filter(({ values }) => values.open === true).length
}
