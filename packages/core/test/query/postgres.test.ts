/** What PostgreSQL states of conditions, orders and literals, against what is said of them here. */
import { COLUMN_TYPES, type Column, type Table } from '@chatlayer-tables/contract'
import { PGlite } from '@electric-sql/pglite'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluate } from '../../src/query/evaluate.ts'
import { parseQuery } from '../../src/query/parse-query.ts'
import { parseWhere } from '../../src/query/parse-where.ts'
import { createSorter } from '../../src/query/sort.ts'
import type { Sort, Where } from '../../src/query/where-types.ts'
import type { TableRecord } from '../../src/types.ts'
import { decodeRecord, decoderOf, decodeValue } from '../../src/values/decode.ts'
import { foldCase } from '../../src/values/fold-case.ts'
import { parseJson } from '../../src/values/json.ts'
import { encodeText } from '../../src/values/literal.ts'
import { SAMPLES } from '../values/arbitraries.ts'
import {
  columnsArbitrary,
  keyOfColumn,
  narrowArbitrary,
  recordsArbitrary,
  whereArbitrary,
} from './arbitraries.ts'
import { isoOf, type StoredRecord } from './fake-filter.ts'
import { folded, sqlOfWhere, sqlString, sqlType } from './sql.ts'

const TABLES = 60
const CONDITIONS = 60
const SORTS = 6

const seed = Math.floor(Math.random() * 2 ** 31)

let db: PGlite

beforeAll(async () => {
  db = new PGlite()
  await db.exec(`SET TIME ZONE 'UTC'`)
}, 120_000)

afterAll(() => db.close())

interface Sample {
  readonly table: Table
  readonly records: readonly StoredRecord[]
  readonly wheres: readonly Where[]
  readonly sorts: readonly (readonly SortKey[])[]
}

type SortKey = Exclude<Sort, string>

const sampleArbitrary: fc.Arbitrary<Sample> = columnsArbitrary.chain((columns) => {
  const sortable = columns
    .filter(({ type }) => type !== 'jsonb')
    .map(({ name }) => keyOfColumn(name))
  const sort: fc.Arbitrary<SortKey> = fc.record(
    {
      column: fc.constantFrom(...sortable, 'createdAt'),
      direction: fc.constantFrom('asc', 'desc'),
      nulls: fc.constantFrom('first', 'last'),
    },
    { requiredKeys: ['column', 'direction'] },
  )
  const where = fc.oneof(whereArbitrary(columns), whereArbitrary(columns), narrowArbitrary(columns))
  return fc.record({
    table: fc.constant({ id: 't', name: 't', columns }),
    records: recordsArbitrary(columns, 40),
    wheres: fc.array(where, { minLength: CONDITIONS, maxLength: CONDITIONS }),
    sorts: fc.array(fc.array(sort, { minLength: 1, maxLength: 3 }), {
      minLength: SORTS,
      maxLength: SORTS,
    }),
  })
})

async function store(columns: readonly Column[], records: readonly StoredRecord[]): Promise<void> {
  // Text sorts by code point, as it does here.
  const declare = (name: string, type: string) =>
    `${name} ${type}${type === 'text' ? ' COLLATE "C"' : ''}`
  const declared = [
    declare('id', 'text'),
    declare('created', 'timestamptz'),
    ...columns.map(({ type }, index) => declare(`c${index}`, sqlType(type))),
  ]
  await db.exec(`DROP TABLE IF EXISTS t; CREATE TABLE t (${declared.join(', ')})`)
  if (records.length === 0) return
  const rows = records.map(({ id, created, stored }) => {
    const literals = columns.map(({ name }) => {
      const literal = stored[name]
      return literal === null || literal === undefined ? 'NULL' : sqlString(literal)
    })
    return `(${[sqlString(id), sqlString(isoOf(created, true)), ...literals].join(', ')})`
  })
  await db.exec(`INSERT INTO t VALUES ${rows.join(', ')}`)
}

/** A record as the gateway answers it, with all its microseconds. */
function recordOf({ id, created, stored }: StoredRecord, table: Table): TableRecord {
  const values = Object.fromEntries(
    table.columns.map(({ name, type }) => {
      const literal = stored[name] ?? null
      const parsed = type === 'jsonb' && literal !== null ? parseJson(literal) : literal
      return [name, parsed]
    }),
  )
  const at = isoOf(created, true)
  return decodeRecord({ id, createdAt: at, updatedAt: at, values }, decoderOf(table))
}

test(`conditions are as true, false or unknown as in PostgreSQL, and orders are its orders (seed ${seed})`, {
  timeout: 300_000,
}, async () => {
  const truths = { true: 0, false: 0, null: 0 }
  for (const { table, records, wheres, sorts } of fc.sample(sampleArbitrary, {
    numRuns: TABLES,
    seed,
  })) {
    await store(table.columns, records)
    const here = records.map((record) => recordOf(record, table))

    const tests = wheres.map((where, index) => `${sqlOfWhere(where, table.columns)} AS w${index}`)
    const answer = await db.query<Record<string, unknown>>(`SELECT id, ${tests.join(', ')} FROM t`)
    const judged = new Map(answer.rows.map((row) => [row.id, row]))
    for (const [index, where] of wheres.entries()) {
      const condition = parseWhere(where, table)
      for (const record of here) {
        const truth = evaluate(condition, record)
        truths[`${truth}`] += 1
        expect({ where, values: record.values, truth }).toEqual({
          where,
          values: record.values,
          truth: judged.get(record.id)?.[`w${index}`],
        })
      }
    }

    for (const sort of sorts) {
      const { rows } = await db.query<{ id: string }>(
        `SELECT id FROM t ORDER BY ${[...sort.map((key) => orderBy(key, table)), 'id'].join(', ')}`,
      )
      const sorter = createSorter(parseQuery({ sort }, table).sort)
      for (const record of here) sorter.add(record)
      const sorted = sorter.sorted().map(({ id }) => id)
      expect({ sort, sorted }).toEqual({ sort, sorted: rows.map(({ id }) => id) })
    }
  }
  for (const count of Object.values(truths)) expect(count).toBeGreaterThan(1_000)
})

function orderBy(sort: SortKey, table: Table): string {
  const { column, direction, nulls = 'last' } = sort
  if (column === 'createdAt') return `created ${direction}`
  const name = /^".*"$/s.test(column) ? column.slice(1, -1) : column
  const index = table.columns.findIndex((one) => one.name === name)
  return `c${index} ${direction} NULLS ${nulls}`
}

test('letter case is folded as by PostgreSQL, where its Unicode has the letter', async () => {
  const cased = Array.from({ length: 0x3_0000 }, (_, point) => String.fromCodePoint(point)).filter(
    (point) => /[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]/u.test(point),
  )
  const { rows } = await db.query<{ x: string; fold: string }>(
    `SELECT x, ${folded('x')} AS fold FROM unnest($1::text[]) x WHERE unicode_assigned(x)`,
    [cased],
  )
  expect(rows.length).toBeGreaterThan(2_900)
  const groups = (fold: (row: { x: string; fold: string }) => string) =>
    [...Map.groupBy(rows, fold).values()].map((group) => group.map(({ x }) => x).join())
  expect(groups(({ x }) => foldCase(x))).toEqual(groups(({ fold }) => fold))
})

test.each(COLUMN_TYPES)(
  `%s: what PostgreSQL stores of a literal is read back (seed ${seed})`,
  async (type) => {
    const samples = fc
      .sample(SAMPLES[type], { numRuns: 1_000, seed })
      // PostgreSQL holds no U+0000, and PGlite drops a U+FEFF that a text begins with.
      .filter(({ written }) => typeof written !== 'string' || !/\0|^\ufeff/.test(written))
    const literals = samples.map(({ written }) => encodeText(written, type, 'values.x'))
    const { rows } = await db.query<{ text: string }>(
      `SELECT x::${sqlType(type)}::text AS text FROM unnest($1::text[]) WITH ORDINALITY AS u (x, n) ORDER BY n`,
      [literals],
    )
    expect(rows).toHaveLength(samples.length)
    for (const [index, { written, read }] of samples.entries()) {
      const stored = rows[index]?.text ?? ''
      const wire = type === 'jsonb' ? parseJson(stored) : stored
      expect({ written, read: decodeValue(wire, type) }).toEqual({ written, read })
    }
  },
)
