/** Tasks that find what is wrong: duplicates, spellings, gaps. */
import { expect } from 'vitest'
import { foldText } from './fold.ts'
import { type Row, rowsOf } from './model.ts'
import { confirmed, type Group, records } from './task.ts'

export const CLEAN: Group = {
  title: 'Duplicates, spellings and gaps',
  tasks: [
    {
      asked: 'Are there places with the same key?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select key, count(*) n, group_concat(Name, ' | ') names from places group by key having n > 1`,
        })
        const keys = rowsOf(model, 'places@draft').map(({ key }) => key)
        expect(answer.data.total).toBe(keys.length - new Set(keys).size)
        expect(answer.data.total).toBe(20)
      },
    },
    {
      asked:
        'Which leads are in twice, typed differently? Keep the oldest of each, delete the others.',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select id, "e-mail", kept from (select id, "e-mail", first_value("Full name") over w kept, row_number() over w n from leads window w as (partition by fold("e-mail") order by "asked at", id)) where n > 1`,
        })
        const leads = rowsOf(model, 'leads@draft')
        const groups = groupBy(leads, (row) => foldText(String(row['e-mail'])))
        const gone = new Set([...groups.values()].flatMap((group) => oldestFirst(group).slice(1)))
        const ids = records(answer).map(({ id }) => id)
        expect(ids).toHaveLength(gone.size)
        const note = 'Typed twice'
        const { data } = await confirmed(call, 'delete_records', { table: 'leads', ids, note })
        expect(data).toMatchObject({ deleted: 25 })
        model.set(
          'leads@draft',
          leads.filter((row) => !gone.has(row)),
        )
      },
      changes: ['leads@draft'],
    },
    {
      asked: 'Which spellings of Liège are there, and how many of each?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select city, count(*) n from places where fold(city) = 'liege' group by 1 order by 2 desc`,
        })
        const counts = groupBy(
          rowsOf(model, 'places@draft').filter(
            ({ city }) => city && foldText(String(city)) === 'liege',
          ),
          ({ city }) => String(city),
        )
        expect(Object.fromEntries(records(answer).map(({ city, n }) => [city, n]))).toEqual(
          Object.fromEntries([...counts].map(([city, rows]) => [city, rows.length])),
        )
        expect(counts.size).toBeGreaterThan(3)
      },
    },
    {
      asked: 'Which companies of our leads are the same one, written differently?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select rtrim(replace(fold(company), ' nv', '')) company, group_concat(distinct company) spellings, count(*) n from leads where company is not null group by 1 having count(distinct company) > 1`,
        })
        const acme = rowsOf(model, 'leads@draft').filter(({ company }) =>
          /acme/i.test(String(company)),
        )
        expect(records(answer)).toMatchObject([{ company: 'acme', n: acme.length }])
      },
    },
    {
      asked: 'Which answers of the FAQ are missing in French?',
      async run(call, model) {
        await call('list_tables')
        const answer = await call('query_sql', {
          sql: `select id_text, question_nl from faq where trim(coalesce(question_fr, '')) = '' or trim(coalesce(answer_fr, '')) = ''`,
        })
        const missing = rowsOf(model, 'faq@draft').filter(
          (row) => !String(row.question_fr ?? '').trim() || !String(row.answer_fr ?? '').trim(),
        )
        expect(records(answer).map(({ id_text }) => id_text)).toEqual(
          missing.map((row) => row.id_text),
        )
        expect(missing.length).toBeGreaterThan(5)
      },
    },
  ],
}

function groupBy(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  return Map.groupBy(rows, keyOf)
}

function oldestFirst(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => String(a['asked at']).localeCompare(String(b['asked at'])))
}
