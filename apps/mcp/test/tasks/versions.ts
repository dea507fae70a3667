/** Tasks about DRAFT and LIVE, files, and past changes. */
import { expect } from 'vitest'
import { SUPPLIED, seededRows, UNPRICED } from './bot.ts'
import { rowsOf } from './model.ts'
import { confirmed, type Group, records } from './task.ts'

const PUBLISHED = ['SKU-1034', 'SKU-1069', 'SKU-1104']

export const VERSIONS: Group = {
  title: 'DRAFT and LIVE',
  tasks: [
    {
      asked: 'What is different between the draft and the live products?',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('query_sql', {
          sql: `select sku, case when l.sku is null then 'only draft' when d.sku is null then 'only live' else 'changed' end difference, d.price, l.price live_price, d.name_fr, l.name_fr live_name_fr from draft.products d full join live.products l using (sku) where l.sku is null or d.sku is null or (d.name_nl, d.name_fr, d.category, d.price, d.stock, d.description, d.active) is not (l.name_nl, l.name_fr, l.category, l.price, l.stock, l.description, l.active)`,
        })
        const live = new Map(rowsOf(model, 'products@live').map((row) => [row.sku, row]))
        const draft = rowsOf(model, 'products@draft')
        const changed = draft.filter(
          (row) => JSON.stringify(live.get(row.sku)) !== JSON.stringify(row),
        )
        expect(data.total).toBe(changed.length + 2)
      },
    },
    {
      asked: 'Publish SKU-1034, SKU-1069 and SKU-1104.',
      async run(call, model) {
        await call('list_tables')
        const where = { sku: { in: PUBLISHED } }
        const answer = await call('query_records', { table: 'products', where })
        const rows = records(answer).map(({ id, ...row }) => row)
        const { data } = await confirmed(call, 'upsert_records', {
          ...{ table: 'products@live', key: ['sku'], records: rows },
        })
        expect(data).toMatchObject({ inserted: 3 })
        const draft = rowsOf(model, 'products@draft').filter(({ sku }) =>
          PUBLISHED.includes(String(sku)),
        )
        rowsOf(model, 'products@live').push(...draft.map((row) => ({ ...row })))
      },
      changes: ['products@live'],
    },
  ],
}

export const FILES: Group = {
  title: 'Files',
  tasks: [
    {
      asked:
        'Import "nieuwe producten.csv" into the products; update those that exist. (two lines have no number as price)',
      async run(call, model) {
        await call('list_tables')
        const file = {
          table: 'products',
          file: 'nieuwe producten.csv',
          mode: 'upsert',
          key: ['sku'],
        }
        await call('import_file', { ...file, dry_run: true })
        const { data } = await call('import_file', file)
        expect(data).toMatchObject({ read: 20, inserted: 9, updated: 9, rejected: 2 })
        const products = rowsOf(model, 'products@draft')
        for (const row of SUPPLIED.filter((_, n) => !UNPRICED.includes(n))) {
          const known = products.find(({ sku }) => sku === row.sku)
          if (known === undefined) products.push({ ...row })
          else Object.assign(known, row)
        }
      },
      changes: ['products@draft'],
    },
    {
      asked: 'Export the active products in coffee and tea to an Excel file, sorted by name.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('export_file', {
          ...{ table: 'products', file: 'drinks.xlsx', sort: ['name_nl'] },
          where: { active: true, category: { in: ['coffee', 'tea'] } },
        })
        const drinks = rowsOf(model, 'products@draft').filter(
          ({ active, category }) => active && (category === 'coffee' || category === 'tea'),
        )
        expect(data).toMatchObject({ records: drinks.length, format: 'xlsx' })
      },
    },
  ],
}

export const PAST: Group = {
  title: 'Past changes',
  tasks: [
    {
      asked: 'The deleted order lines were still needed: put them back.',
      compared: 'undo',
      async run(call, model) {
        const { data } = await call('list_changes', { table: 'order lines' })
        const [set] = data.change_sets as { change_set: string; deleted: number }[]
        const change_set = set?.change_set
        const undo = await confirmed(call, 'undo_changes', { change_set })
        expect(undo.data).toMatchObject({ undone: set?.deleted, conflicts: 0 })
        model.set('order lines@draft', seededRows('order lines'))
      },
      changes: ['order lines@draft'],
    },
    {
      asked: 'Who changed the opening hours today, and what?',
      async run(call) {
        const { data } = await call('list_changes', { table: 'hours', since: '24h' })
        const sets = data.change_sets as { change_set: string; updated: number }[]
        expect(sets.map(({ updated }) => updated)).toEqual([30, 1])
        const [, first] = sets
        const shown = await call('list_changes', { change_set: first?.change_set })
        expect(shown.data.records).toMatchObject([{ change: 'updated' }])
      },
    },
  ],
}
