/** Tasks that change records. */
import { expect } from 'vitest'
import { rowsOf } from './model.ts'
import { confirmed, type Group, records } from './task.ts'

const SPELLINGS = ['gent', 'GENT', 'Gent ']

const NEW_LEADS = Array.from({ length: 8 }, (_, n) => ({
  'e-mail': `beurs${n}@example.be`,
  'Full name': `Bezoeker ${n}`,
  lang: n % 2 === 0 ? 'nl' : 'fr',
}))

/** Thirty opening hours as a person pastes them. */
const NEW_HOURS = Array.from({ length: 30 }, (_, n) => ({
  store: `S${String(Math.floor(n / 5)).padStart(3, '0')}`,
  day: ['mon', 'tue', 'wed', 'thu', 'fri'][n % 5] ?? '',
  from: '09:00',
  till: '17:30',
}))

export const CHANGE: Group = {
  title: 'Change records',
  tasks: [
    {
      asked: '"gent", "GENT" and "Gent " should be "Gent" in the places.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'places', where: { city: { in: SPELLINGS } }, set: { city: 'Gent' } },
          note: 'One spelling of Gent',
        })
        const rows = rowsOf(model, 'places@draft').filter(({ city }) =>
          SPELLINGS.includes(String(city)),
        )
        expect(data).toMatchObject({ updated: rows.length })
        for (const row of rows) row.city = 'Gent'
      },
    },
    {
      asked: 'Store S004 opens at 8:30 on Fridays.',
      async run(call, model) {
        await call('list_tables')
        const where = { store: 'S004', day: 'fri' }
        const { data } = await call('update_records', {
          table: 'hours',
          where,
          set: { from: '08:30' },
        })
        expect(data).toMatchObject({ updated: 1 })
        for (const row of rowsOf(model, 'hours@draft')) {
          if (row.store === 'S004' && row.day === 'fri') row.from = '08:30'
        }
      },
      changes: ['hours@draft'],
    },
    {
      asked: 'Here are the right opening hours of six stores, thirty lines: correct them.',
      compared: 'correct',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'upsert_records', {
          ...{ table: 'hours', key: ['store', 'day'], records: NEW_HOURS },
        })
        expect(data).toMatchObject({ updated: 30, inserted: 0 })
        for (const row of rowsOf(model, 'hours@draft')) {
          const correct = NEW_HOURS.find(({ store, day }) => store === row.store && day === row.day)
          Object.assign(row, correct)
        }
      },
      changes: ['hours@draft'],
    },
    {
      asked: 'Raise the prices of tea by 10%.',
      compared: 'raise',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', {
          ...{ table: 'products', where: { category: 'tea', price: { isNull: false } } },
          ...{ select: ['sku', 'price'], limit: 100, max_tokens: 8_000 },
        })
        const raised = records(answer).map(({ sku, price }) => ({ sku, price: raise(price) }))
        const { data } = await confirmed(call, 'upsert_records', {
          ...{ table: 'products', key: ['sku'], records: raised },
        })
        const teas = rowsOf(model, 'products@draft').filter(
          ({ category, price }) => category === 'tea' && price !== null,
        )
        expect(data).toMatchObject({ updated: teas.length })
        for (const row of teas) row.price = raise(row.price)
      },
      changes: ['products@draft'],
    },
    {
      asked: 'Add these eight visitors of the fair to the leads. (a pasted table)',
      compared: 'insert',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('insert_records', { table: 'leads', records: NEW_LEADS })
        expect(data).toMatchObject({ inserted: 8 })
        rowsOf(model, 'leads@draft').push(...NEW_LEADS.map((row) => ({ ...row })))
      },
      changes: ['leads@draft'],
    },
    {
      asked: 'Delete the order lines that were cancelled, and tell me how many there were.',
      compared: 'delete',
      async run(call, model) {
        await call('list_tables')
        const where = { status: 'cancelled' }
        const { data } = await confirmed(call, 'delete_records', { table: 'order lines', where })
        const lines = rowsOf(model, 'order lines@draft')
        const kept = lines.filter(({ status }) => status !== 'cancelled')
        expect(data.deleted).toBe(lines.length - kept.length)
        model.set('order lines@draft', kept)
      },
      changes: ['order lines@draft'],
    },
    {
      asked: 'Move the closed bakeries of Lier to closed_places.',
      async run(call, model) {
        await call('list_tables')
        const where = { city: 'Lier', category: 'bakery', open: false }
        const select = ['key', 'Name', 'city', 'post code', 'phone', 'opening hours', 'category']
        const answer = await call('query_records', { table: 'places', where, select })
        const moved = records(answer).map(({ id, ...row }) => row)
        const inserted = await confirmed(call, 'insert_records', {
          ...{ table: 'closed_places', records: moved },
        })
        expect(inserted.data).toMatchObject({ inserted: 27 })
        const { data } = await confirmed(call, 'delete_records', { table: 'places', where })
        expect(data).toMatchObject({ deleted: 27 })
        const places = rowsOf(model, 'places@draft')
        const isMoved = (row: Record<string, unknown>) =>
          row.city === 'Lier' && row.category === 'bakery' && row.open === false
        rowsOf(model, 'closed_places@draft').push(
          ...places
            .filter(isMoved)
            .map((row) => Object.fromEntries(select.map((name) => [name, row[name]]))),
        )
        model.set(
          'places@draft',
          places.filter((row) => !isMoved(row)),
        )
      },
      changes: ['closed_places@draft'],
    },
  ],
}

/** By a tenth, to the cent. */
function raise(price: unknown): string {
  return (Math.round(Number(price) * 110) / 100).toFixed(2)
}
