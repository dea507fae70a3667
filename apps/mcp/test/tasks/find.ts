/** Tasks that find, count and read. */
import { expect } from 'vitest'
import { foldText } from './fold.ts'
import { rowsOf } from './model.ts'
import { type Group, records } from './task.ts'

interface CountedTable {
  readonly name: string
  readonly records: { readonly draft: number; readonly live: number }
}

export const FIND: Group = {
  title: 'Find, count and read',
  tasks: [
    {
      asked: 'What is the phone number of Bakkerij De Molen 44021?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', {
          ...{ table: 'places', where: { Name: 'Bakkerij De Molen 44021' }, select: ['phone'] },
        })
        const place = rowsOf(model, 'places@draft').filter(
          ({ Name }) => Name === 'Bakkerij De Molen 44021',
        )
        expect(records(answer).map(({ phone }) => phone)).toEqual(place.map(({ phone }) => phone))
        expect(place).toHaveLength(1)
      },
    },
    {
      asked: 'How many places are marked as open but have no phone number?',
      compared: 'count',
      async run(call, model) {
        await call('list_tables')
        const where = { open: true, or: [{ phone: null }, { phone: '' }] }
        const { data } = await call('query_records', { table: 'places', where, limit: 0 })
        expect(data.total).toBe(
          rowsOf(model, 'places@draft').filter(({ open, phone }) => open && !phone).length,
        )
      },
    },
    {
      asked: 'How many places are there in each category?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', { table: 'places', group_by: ['category'] })
        for (const { category, count } of records(answer)) {
          const places = rowsOf(model, 'places@draft').filter((row) => row.category === category)
          expect(count, String(category)).toBe(places.length)
        }
        expect(answer.data.total).toBe(8)
      },
    },
    {
      asked: 'Which ten cities have the largest revenue? (amounts are text, such as "1200,50")',
      compared: 'largest',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select fold(city) city, round(sum(replace(trim("revenue (EUR)"), ',', '.'))) revenue from places where city is not null group by 1 order by 2 desc limit 10`,
        })
        const sums = new Map<string, number>()
        for (const row of rowsOf(model, 'places@draft')) {
          if (row.city === null) continue
          const amount = Number.parseFloat(String(row['revenue (EUR)'] ?? 0).replace(',', '.'))
          const city = foldText(String(row.city))
          sums.set(city, (sums.get(city) ?? 0) + (Number.isNaN(amount) ? 0 : amount))
        }
        const best = [...sums].sort(([, a], [, b]) => b - a).slice(0, 10)
        expect(records(answer).map(({ city }) => city)).toEqual(best.map(([city]) => city))
        expect(records(answer)[0]?.revenue).toBeCloseTo(best[0]?.[1] ?? 0, -1)
      },
    },
    {
      asked: 'What are our ten most expensive products?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', {
          ...{ table: 'products', select: ['sku', 'name_nl', 'price'], limit: 10 },
          sort: [{ column: 'price', direction: 'desc' }],
        })
        const prices = rowsOf(model, 'products@draft').map(({ price }) => Number(price ?? 0))
        expect(records(answer).map(({ price }) => Number(price))).toEqual(
          prices.sort((a, b) => b - a).slice(0, 10),
        )
      },
    },
    {
      asked: 'Find the "chez leon" places in Liège, however they were typed.',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select Name, city, phone from places where fold(Name) like '%chez leon%' and fold(city) = 'liege' order by key`,
          max_rows: 20,
        })
        const found = rowsOf(model, 'places@draft').filter(
          ({ Name, city }) =>
            String(Name).startsWith('Chez Léon') &&
            city !== null &&
            foldText(String(city)) === 'liege',
        )
        expect(answer.data).toMatchObject({ total: found.length, returned: 20 })
      },
    },
    {
      asked: 'Which leads work at acme? (some wrote ACME)',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', {
          ...{ table: 'leads', where: { company: { icontains: 'acme' } } },
          select: ['Full name', 'e-mail', 'company'],
        })
        const found = rowsOf(model, 'leads@draft').filter(({ company }) =>
          /acme/i.test(String(company)),
        )
        expect(answer.data.total).toBe(found.length)
      },
    },
    {
      asked:
        'How much did we sell in the last week of September, and how many lines have no amount?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', {
          table: 'order lines',
          where: { 'ordered at': { gte: '2026-09-24', lt: '2026-10-01' } },
          aggregate: ['sum(amount)', 'count(amount)', 'count'],
        })
        const lines = rowsOf(model, 'order lines@draft').filter(
          (row) => String(row['ordered at']) >= '2026-09-24',
        )
        const [sums] = records(answer)
        expect(Number(sums?.['sum(amount)'])).toBe(
          lines.reduce((sum, { amount }) => sum + Number(amount ?? 0), 0),
        )
        expect(sums).toMatchObject({
          count: lines.length,
          'count(amount)': lines.filter(({ amount }) => amount !== null).length,
        })
      },
    },
    {
      asked: 'Which product categories sell best? (orders only have the sku)',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select p.category, round(sum(o.amount), 2) total from "order lines" o join products p using (sku) where fold(o.status) = 'paid' group by 1 order by 2 desc`,
        })
        const groups = new Map(
          rowsOf(model, 'products@draft').map((row) => [row.sku, row.category]),
        )
        const sums = new Map<unknown, number>()
        for (const { sku, amount, status } of rowsOf(model, 'order lines@draft')) {
          if (String(status).toLowerCase() !== 'paid') continue
          sums.set(groups.get(sku), (sums.get(groups.get(sku)) ?? 0) + Number(amount ?? 0))
        }
        const best = [...sums].sort(([, a], [, b]) => b - a)
        expect(records(answer).map(({ category, total }) => [category, total])).toEqual(best)
      },
    },
    {
      asked: 'Do all order lines refer to a place that exists?',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('query_sql', {
          sql: `select "order no.", "place key" from "order lines" where "place key" not in (select key from places)`,
        })
        const keys = new Set(rowsOf(model, 'places@draft').map(({ key }) => key))
        const lost = rowsOf(model, 'order lines@draft').filter((row) => !keys.has(row['place key']))
        expect(data.total).toBe(lost.length)
        expect(lost.length).toBeGreaterThan(5)
      },
    },
    {
      asked: 'How many records does each table have, in draft and live?',
      async run(call, model) {
        const { data } = await call('list_tables', { counts: true })
        for (const { name, records } of data.tables as CountedTable[]) {
          expect(records.draft, name).toBe(rowsOf(model, `${name}@draft`).length)
          expect(records.live, name).toBe(rowsOf(model, `${name}@live`).length)
        }
      },
    },
    {
      asked: 'How many of our stores are in Gent? (DRAFT is empty, LIVE is not)',
      async run(call, model) {
        await call('list_tables')
        const where = { city: 'Gent' }
        const empty = await call('query_records', { table: 'stores', where, limit: 0 })
        expect(empty.data.total).toBe(0)
        const { data } = await call('query_records', { table: 'stores@live', where, limit: 0 })
        expect(data.total).toBe(
          rowsOf(model, 'stores@live').filter(({ city }) => city === 'Gent').length,
        )
      },
    },
    {
      asked: 'Which published stores have parking and a wheelchair entrance?',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('query_sql', {
          sql: `select "store id", name from live.stores where services ->> 'parking' and services ->> 'wheelchair'`,
        })
        const found = rowsOf(model, 'stores@live').filter(({ services }) => {
          const { parking, wheelchair } = services as { parking: boolean; wheelchair: boolean }
          return parking && wheelchair
        })
        expect(data.total).toBe(found.length)
      },
    },
    {
      asked: 'Read me the whole Dutch answer of faq-12.',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_records', {
          ...{ table: 'faq', where: { id_text: 'faq-12' }, select: ['answer_nl'] },
        })
        const [row] = rowsOf(model, 'faq@draft').filter(({ id_text }) => id_text === 'faq-12')
        expect(records(answer)).toEqual([{ answer_nl: row?.answer_nl }])
        expect(String(row?.answer_nl).length).toBeGreaterThan(5_000)
      },
    },
    {
      asked: 'Describe the leads: what is filled in, what is missing?',
      async run(call, model) {
        await call('list_tables')
        const { data } = await call('describe_table', { table: 'leads', format: 'detailed' })
        expect(data.records).toBe(rowsOf(model, 'leads@draft').length)
        const columns = data.columns as { name: string; filled: number }[]
        const phones = rowsOf(model, 'leads@draft').filter(({ phone }) => phone !== null)
        expect(columns.find(({ name }) => name === 'phone')?.filled).toBeCloseTo(
          phones.length / 250,
          2,
        )
      },
    },
  ],
}
