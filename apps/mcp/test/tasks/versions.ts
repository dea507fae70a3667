/** Tasks about DRAFT and LIVE, files, and past changes. */
import { expect } from 'vitest'
import { SUPPLIED, seededRows, UNPRICED } from './bot.ts'
import { type Row, rowsOf } from './model.ts'
import { confirmed, type Group } from './task.ts'

const PUBLISHED = ['SKU-1034', 'SKU-1069', 'SKU-1104']

export const VERSIONS: Group = {
  title: 'DRAFT and LIVE',
  tasks: [
    {
      asked: 'What is different between the draft and the live products?',
      async run(call, model) {
        const { data } = await call('compare_tables', { a: 'products' })
        const live = new Map(rowsOf(model, 'products@live').map((row) => [row.sku, row]))
        const draft = rowsOf(model, 'products@draft')
        const both = draft.filter(({ sku }) => live.has(sku))
        const equal = both.filter((row) => isEqual(row, live.get(row.sku)))
        expect(data.counts).toMatchObject({
          equal: equal.length,
          different: both.length - equal.length,
          only_in_a: draft.length - both.length,
          only_in_b: 2,
        })
      },
    },
    {
      asked: 'Publish SKU-1034, SKU-1069 and SKU-1104.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'copy_records', {
          ...{ from: 'products@draft', to: 'products@live', key: ['sku'] },
          where: { sku: { in: PUBLISHED } },
        })
        expect(data).toMatchObject({ inserted: 3, updated: 0 })
        const draft = rowsOf(model, 'products@draft').filter(({ sku }) =>
          PUBLISHED.includes(String(sku)),
        )
        rowsOf(model, 'products@live').push(...draft.map((row) => ({ ...row })))
      },
      changes: ['products@live'],
    },
    {
      asked: 'Do draft and live have the same stores?',
      async run(call, model) {
        const { data } = await call('compare_tables', { a: 'stores' })
        const live = rowsOf(model, 'stores@live').length
        expect(data.counts).toMatchObject({ a: 0, b: live, only_in_b: live })
      },
    },
    {
      asked: 'The draft of the stores is empty: fill it from live.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'copy_records', {
          ...{ from: 'stores@live', to: 'stores@draft', key: ['store id'] },
        })
        const live = rowsOf(model, 'stores@live')
        expect(data).toMatchObject({ inserted: live.length })
        model.set(
          'stores@draft',
          live.map((row) => ({ ...row })),
        )
      },
      changes: ['stores@draft', 'stores@live'],
    },
    {
      asked: 'Which answers of the FAQ changed since they were published?',
      async run(call) {
        const { data } = await call('compare_tables', { a: 'faq' })
        expect(data.counts).toMatchObject({ equal: 90, different: 0, only_in_a: 0, only_in_b: 0 })
      },
    },
  ],
}

function isEqual(a: Row, b: Row | undefined): boolean {
  return Object.keys(a).every((name) => String(a[name]) === String(b?.[name]))
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
      asked: 'Only the change of store S004 on Fridays was wrong: undo it.',
      async run(call, model) {
        const { data } = await call('list_changes', { table: 'hours' })
        const sets = data.change_sets as { change_set: string }[]
        const change_set = sets.at(-1)?.change_set
        const undo = await call('undo_changes', { change_set, force: true })
        expect(undo.data).toMatchObject({ undone: 1 })
        const first = seededRows('hours').find(
          ({ store, day }) => store === 'S004' && day === 'fri',
        )
        for (const row of rowsOf(model, 'hours@draft')) {
          if (row.store === 'S004' && row.day === 'fri') row.from = first?.from
        }
      },
      changes: ['hours@draft'],
    },
    {
      asked: 'Who changed the opening hours today, and what?',
      async run(call) {
        const { data } = await call('list_changes', { table: 'hours', since: '24h' })
        const sets = data.change_sets as { change_set: string; updated: number }[]
        expect(sets.map(({ updated }) => updated)).toMatchObject({ 2: 30, 3: 1 })
        const first = sets.at(-1)
        const shown = await call('list_changes', { change_set: first?.change_set })
        expect(shown.data.records).toMatchObject([{ change: 'updated' }])
      },
    },
  ],
}
