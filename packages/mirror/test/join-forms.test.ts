/** Joins of a table of the bot and an attached one, in every form that SQL has for them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Setting, setUp } from './setting.ts'

let setting: Setting

beforeAll(async () => {
  setting = await setUp({
    tables: [
      {
        name: 'airports',
        columns: [
          { name: 'iata', type: 'text' },
          { name: 'city', type: 'text' },
        ],
        records: [
          { iata: 'JFK', city: 'New York' },
          { iata: 'BTV', city: 'Burlington' },
        ],
      },
    ],
  })
})

afterAll(() => setting[Symbol.asyncDispose]())

/** `A` and `B` are the two tables, either of them the attached one; `a` and `b` the names to refer to them by. */
const FORMS = [
  'select count(*) from A join B using (iata)',
  'select count(*) from A join B using(iata)',
  'select count(*) from A inner join B USING (iata) where iata is not null',
  'select count(*) from A cross join B using ("iata")',
  'select count(a.iata) from A left join B using (iata) where b.iata is not null',
  'select count(*) from A right join B using (iata) where a.iata is not null',
  'select count(*) from A full join B using (iata) where a.iata is not null and b.iata is not null',
  'select count(*) from A natural join B',
  'select count(*) from A natural left join B where b.iata is not null',
  'select count(*) from A, B where a.iata = b.iata',
  'select count(*) from A join B on a.iata = b.iata',
  'select count(*) from A as x join B as y using (iata)',
  'select count(*) from A x join B y using (iata)',
  'select count(*) from A "x y" join B [z] using (iata) where "x y".iata = [z].iata',
  'select count(*) from (A join B using (iata))',
  'select count(*) from (select * from A) join (select * from B) using (iata)',
  'select count(*) from A where exists (select 1 from B where b.iata = a.iata)',
  'select count(*) from A where iata in B1',
  'select count(*) from A where iata in (select iata from B)',
  'select count(*) from A x join A y using (iata) join B using (iata)',
  'with c(iata, n) as (select iata, 1 from B) select count(*) from A join c using (iata)',
  'with c as (select * from B) select count(*) from A natural join c',
  'with recursive c(iata) as (select iata from B union select iata from c) select count(*) from A join c using (iata)',
  'with using_(iata) as materialized (select iata from A) select count(*) from using_ join B using (iata)',
  "select count(*) from A join B using (iata), json_each('[1]')",
  "select count(*) from json_each('[1]') j join A join B using (iata) where j.value = 1",
] as const

const NAMES = ['attached', 'using', 'a b', 'iata', 'x"y', 'draft']

const PLAIN = /^(?:attached|iata|draft)$/

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function written(form: string, a: string, b: string): string {
  return form.replaceAll(/\bB1\b|\b[ABab]\b(?![^"]*" )/g, (letter) => {
    if (letter === 'B1') return `(select iata from ${b})`
    return letter.toLowerCase() === 'a' ? a : b
  })
}

async function countOf(sql: string, name: string): Promise<unknown> {
  const attached = [
    {
      name,
      columns: [
        { name: 'iata', type: 'text' as const },
        { name: 'note', type: 'text' as const },
      ],
      rows: (async function* () {
        yield ['JFK', 'busy']
        yield ['ZZZ', null]
      })(),
    },
  ]
  const { rows } = await setting.mirrors.query(sql, { ...setting.ask, fresh: 60_000, attached })
  return rows
}

test.each(NAMES)('work with a table that is attached as %s', async (name) => {
  const spellings = PLAIN.test(name) ? [name, quoted(name)] : [quoted(name)]
  for (const form of FORMS) {
    for (const spelling of spellings) {
      for (const sql of [
        written(form, 'airports', spelling),
        written(form, spelling, 'airports'),
      ]) {
        const result = await countOf(sql, name).catch(String)
        expect(result, sql).toEqual([[1]])
      }
    }
  }
})
