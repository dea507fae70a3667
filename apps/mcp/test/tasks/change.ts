/** Tasks that change records. */
import { expect } from 'vitest'
import { type Row, rowsOf } from './model.ts'
import { confirmed, type Group } from './task.ts'

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

const MOVED = ['key', 'Name', 'city', 'post code', 'phone', 'opening hours', 'category']

/** The time of an opening hour, `9u30` or `9h` as well, in SQL. */
function timeSql(column: string): string {
  const plain = `replace(replace("${column}",'u',':'),'h',':')`
  return `printf('%02d:%02d',${plain},substr(${plain},instr(${plain},':')+1))`
}

function time(text: unknown): string {
  const [hour = '', minute = ''] = String(text).split(/[u:h]/)
  return `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
}

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
      asked: 'Write the phone numbers of all leads as +3291234567.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'leads', where: { phone: { gt: '' } } },
          set_sql: {
            phone: `'+32'||substr(replace(replace(replace(replace(trim(phone),' ',''),'.',''),'/',''),')',''),-8)`,
          },
        })
        const rows = rowsOf(model, 'leads@draft').filter(({ phone }) => Boolean(phone))
        expect(data).toMatchObject({ updated: rows.length })
        for (const row of rows) row.phone = `+32${String(row.phone).replace(/\D/g, '').slice(-8)}`
      },
      changes: ['leads@draft'],
    },
    {
      asked: 'Replace http://old.example.be by https://www.example.be in the descriptions.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'products', where: { description: { contains: 'http://old.example.be' } } },
          set_sql: {
            description: `replace(description,'http://old.example.be','https://www.example.be')`,
          },
        })
        const rows = rowsOf(model, 'products@draft').filter(({ description }) =>
          String(description).includes('http://old.example.be'),
        )
        expect(data).toMatchObject({ updated: rows.length })
        for (const row of rows) {
          row.description = String(row.description).replace('http://old', 'https://www')
        }
      },
      changes: ['products@draft'],
    },
    {
      asked: 'Remove the spaces around the Dutch product names.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'products', all: true, set_sql: { name_nl: 'trim(name_nl)' } },
        })
        const rows = rowsOf(model, 'products@draft').filter(
          ({ name_nl }) => name_nl !== String(name_nl).trim(),
        )
        expect(data).toMatchObject({ updated: rows.length })
        for (const row of rows) row.name_nl = String(row.name_nl).trim()
      },
      changes: ['products@draft'],
    },
    {
      asked: 'Make the stock of products numbers alone: "3 stuks" is 3, "n/a" is 0.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'products', all: true, set_sql: { stock: 'cast(stock as int)' } },
        })
        let updated = 0
        for (const row of rowsOf(model, 'products@draft')) {
          if (row.stock === null || row.stock === undefined) continue
          const stock = String(Number.parseInt(String(row.stock), 10) || 0)
          if (stock !== row.stock) updated++
          row.stock = stock
        }
        expect(data).toMatchObject({ updated })
      },
      changes: ['products@draft'],
    },
    {
      asked: 'Raise the prices of tea by 10%.',
      compared: 'raise',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'products', where: { category: 'tea' } },
          set_sql: { price: 'round(price*1.1,2)' },
        })
        const teas = rowsOf(model, 'products@draft').filter(
          ({ category, price }) => category === 'tea' && price !== null,
        )
        expect(data).toMatchObject({ updated: teas.length })
        for (const row of teas) row.price = (Math.round(Number(row.price) * 110) / 100).toFixed(2)
      },
      changes: ['products@draft'],
    },
    {
      asked: 'All live stores in Gent have wifi now.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'stores@live', where: { city: 'Gent' } },
          set_sql: { services: `json_set(services,'$.wifi',json('true'))` },
        })
        const rows = rowsOf(model, 'stores@live').filter(({ city }) => city === 'Gent')
        expect(data).toMatchObject({ updated: rows.length })
        for (const row of rows) row.services = { ...(row.services as Row), wifi: true }
      },
      changes: ['stores@live'],
    },
    {
      asked: 'Store S004 opens at 8:30 on Fridays.',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('update_records', {
          ...{ table: 'hours', where: { store: 'S004', day: 'fri' }, set: { from: '08:30' } },
          expect: 1,
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
          const right = NEW_HOURS.find(({ store, day }) => store === row.store && day === row.day)
          Object.assign(row, right)
        }
      },
      changes: ['hours@draft'],
    },
    {
      asked: 'Write all opening hours as 09:00, also "9u00" and "9h".',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'update_records', {
          ...{ table: 'hours', all: true },
          set_sql: { from: timeSql('from'), till: timeSql('till') },
        })
        let updated = 0
        for (const row of rowsOf(model, 'hours@draft')) {
          const right = { from: time(row.from), till: time(row.till) }
          if (right.from !== row.from || right.till !== row.till) updated++
          Object.assign(row, right)
        }
        expect(data).toMatchObject({ updated })
      },
      changes: ['hours@draft'],
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
      asked: 'Delete the 230 order lines that were cancelled.',
      compared: 'delete',
      async run(call, model) {
        await call('list_tables')
        const { data } = await confirmed(call, 'delete_records', {
          ...{ table: 'order lines', where: { status: 'cancelled' }, expect: 230 },
        })
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
        const copied = await confirmed(call, 'copy_records', {
          ...{ from: 'places', to: 'closed_places', key: ['key'], where },
        })
        expect(copied.data).toMatchObject({ inserted: 27 })
        const { data } = await confirmed(call, 'delete_records', {
          ...{ table: 'places', where, expect: 27 },
        })
        expect(data).toMatchObject({ deleted: 27 })
        const places = rowsOf(model, 'places@draft')
        const isMoved = (row: Row) =>
          row.city === 'Lier' && row.category === 'bakery' && row.open === false
        const moved = places.filter(isMoved)
        rowsOf(model, 'closed_places@draft').push(
          ...moved.map((row) => Object.fromEntries(MOVED.map((name) => [name, row[name]]))),
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
