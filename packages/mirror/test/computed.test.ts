/** New values from SQL expressions over each record. */
import { existsSync } from 'node:fs'
import type { Table, TableRecord, Value, Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type CalculationOptions,
  ComputedValueError,
  ExpressionError,
  openCalculator,
} from '../src/index.ts'
import { OUT, REFUSED, STOPPED } from './hostile-texts.ts'

const TABLE: Table = {
  id: 't1',
  botId: 'b',
  name: 'products',
  description: '',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'size', type: 'int' },
    { name: 'price', type: 'numeric' },
    { name: 'open', type: 'bool' },
    { name: 'since', type: 'timestamp' },
    { name: 'extra', type: 'jsonb' },
    { name: 'ref', type: 'uuid' },
    { name: 'Odd "name"', type: 'text' },
    { name: '__proto__', type: 'text' },
  ],
}

const calculator = openCalculator({ maxMemory: 64e6 })
afterAll(() => calculator.close())

function recordOf(values: Values, n = 0): TableRecord {
  const all = Object.fromEntries(TABLE.columns.map(({ name }) => [name, values[name] ?? null]))
  const createdAt = '2026-01-31T09:30:00.000Z'
  return {
    id: `0190b8a0-0000-7000-8000-${String(n).padStart(12, '0')}`,
    createdAt,
    updatedAt: createdAt,
    values: all,
  }
}

async function compute(
  records: readonly TableRecord[],
  expressions: Readonly<Record<string, string>>,
  options?: CalculationOptions,
) {
  const calculation = await calculator.prepare(TABLE, expressions, options)
  return calculation.updates(records)
}

/** The new values of one record. */
async function one(values: Values, expressions: Readonly<Record<string, string>>) {
  const { changes } = await compute([recordOf(values)], expressions)
  return changes[0]?.set
}

function failure(values: Values, expressions: Readonly<Record<string, string>>): Promise<unknown> {
  return one(values, expressions).then(
    () => 'it was computed',
    (error: unknown) => error,
  )
}

describe('values', () => {
  test.each<[string, string, Values, Value | undefined]>([
    ['name', "replace(name, ' ', '')", { name: '0 12 3' }, '0123'],
    ['name', 'upper(name)', { name: 'Gent' }, 'GENT'],
    ['name', 'size + 1', { size: 4 }, '5'],
    ['name', '"Odd ""name""" || products.name', { name: 'b', 'Odd "name"': 'a' }, 'ab'],
    ['name', 'id', {}, recordOf({}).id],
    ['name', 'null', { name: 'a' }, null],
    ['price', 'price * 1.1', { price: '19.99' }, '21.989'],
    ['price', 'price + 0.2', { price: '0.1' }, '0.3'],
    ['price', 'price / 3', { price: '1' }, '0'],
    ['price', 'price / 3.0', { price: '1' }, '0.333333333333333'],
    ['price', 'price * 1', { price: '12.50' }, undefined],
    ['price', 'price / 1e9', { price: '3' }, '0.000000003'],
    ['price', 'price * 1e3', { price: '1.2' }, '1200'],
    ['price', "'007.50'", {}, '007.50'],
    ['size', 'size * 2', { size: 21 }, 42],
    ['size', 'size * 2', { size: 2n ** 61n }, 2n ** 62n],
    ['size', 'price * 100', { price: '19.99' }, 1999],
    ['size', "replace('1 000', ' ', '')", {}, 1000],
    ['open', 'not open', { open: true }, false],
    ['open', 'price > 5 and size is null', { price: '5.5' }, true],
    ['open', "'true'", {}, true],
    ['since', "date(since, '+1 day')", { since: '2026-01-31T09:30:00.000Z' }, '2026-02-01'],
    ['since', 'created_at', {}, '2026-01-31T09:30:00.000Z'],
    [
      'extra',
      "json_set(extra, '$.a', 1)",
      { extra: { b: [true, null] } },
      { b: [true, null], a: 1 },
    ],
    ['extra', "extra -> '$.b'", { extra: { b: [true, null] } }, [true, null]],
    ['extra', 'json_quote(name)', { name: 'a "b"' }, 'a "b"'],
    [
      'extra',
      "(select json_group_array(value) from json_each(extra) where value <> 'x')",
      { extra: ['x', 'y'] },
      ['y'],
    ],
    [
      'size',
      '(select value from json_each(extra) order by value limit 1)',
      { extra: [null, 3, 2] },
      2,
    ],
    ['ref', "'{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'", {}, '{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'],
    ['__proto__', "'x'", {}, 'x'],
    ['name', 'fold(name)', { name: ' É  a' }, 'e a'],
    [
      'extra',
      '(select json_group_array(value order by value) from json_each(extra))',
      { extra: [2, null, 1] },
      [1, 2, null],
    ],
    ['name', 'upper(name) -- shout', { name: 'a' }, 'A'],
    ['name', "case when size > 1 then 'big' else name end", { size: 2, name: 'a' }, 'big'],
  ])('%s: %s', async (column, text, values, expected) => {
    const set = await one(values, Object.fromEntries([[column, text]]))
    if (expected === undefined) expect(set).toBeUndefined()
    else expect(Object.entries(set ?? {})).toEqual([[column, expected]])
  })

  test('every expression sees the record as it was', async () => {
    const swapped = await one(
      { name: 'a', 'Odd "name"': 'b' },
      { name: '"Odd ""name"""', 'Odd "name"': 'name' },
    )
    expect(swapped).toEqual({ name: 'b', 'Odd "name"': 'a' })
  })

  test('plain values are added, and records without a change left out', async () => {
    const records = [recordOf({ size: 1, name: 'a' }, 1), recordOf({ size: 2, name: 'b' }, 2)]
    const { matched, changes } = await compute(
      records,
      { size: 'max(size, 2)' },
      { set: { name: 'b' } },
    )
    expect(matched).toBe(2)
    expect(changes).toEqual([
      { id: records[0]?.id, set: { name: 'b', size: 2 }, before: records[0]?.values },
    ])
  })

  test('many records are computed in batches', async () => {
    const records = Array.from({ length: 1_203 }, (_, n) => recordOf({ size: n }, n))
    const { changes } = await compute(records, { size: 'size + 1' })
    expect(changes.map(({ set }) => set.size)).toEqual(records.map((_, n) => n + 1))
  })
})

const texts = fc.string({ unit: 'grapheme-ascii', maxLength: 12 })
const decimals = fc
  .tuple(fc.integer({ min: -(10 ** 8), max: 10 ** 8 }), fc.integer({ min: 0, max: 4 }))
  .map(([digits, scale]) => (digits / 10 ** scale).toFixed(scale))
const rows = fc.record({
  name: fc.option(texts),
  size: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  price: fc.option(decimals),
  open: fc.option(fc.boolean()),
  since: fc.option(
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString()),
  ),
  extra: fc.option(
    fc.dictionary(texts, fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null))),
  ),
  ref: fc.option(fc.uuid()),
})

describe('random records', () => {
  test('no column changes when each is set to itself', () =>
    fc.assert(
      fc.asyncProperty(fc.array(rows, { maxLength: 5 }), async (all) => {
        const own = TABLE.columns.map(({ name }) => [name, `"${name.replaceAll('"', '""')}"`])
        const { changes } = await compute(
          all.map((values, n) => recordOf(values as Values, n)),
          Object.fromEntries(own),
        )
        expect(changes).toEqual([])
      }),
      { numRuns: 50 },
    ))

  test('the values are those of the same rule in JavaScript', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(rows, { maxLength: 5 }),
        fc.integer({ min: -999, max: 999 }),
        async (all, k) => {
          const records = all.map((values, n) => recordOf(values as Values, n))
          const { changes } = await compute(records, {
            name: "upper(replace(name, 'a', 'bc'))",
            size: `size * 3 + ${k}`,
            price: 'price * 1.1',
            open: 'not open',
            extra: `json_set(coalesce(extra, '{}'), '$.added', ${k})`,
          })
          const set = new Map(changes.map((change) => [change.id, change.set]))
          for (const { id, values } of records) {
            const { name, size, price, open, extra } = values
            const now = { ...values, ...set.get(id) }
            expect(now.name).toBe(
              name === null ? null : String(name).replaceAll('a', 'bc').toUpperCase(),
            )
            expect(now.size).toBe(size === null ? null : Number(size) * 3 + k)
            expect(now.price === null ? null : Number(now.price)).toBe(
              price === null ? null : Number((Number(price) * 1.1).toPrecision(15)) + 0,
            )
            expect(now.open).toBe(open === null ? null : !open)
            expect(now.extra).toEqual({ ...(extra as object | null), added: k })
          }
        },
      ),
      { numRuns: 50 },
    ))
})

describe('a value that does not fit is an error that names record and column', () => {
  test.each<[string, string, Values, string]>([
    ['size', 'price', { price: '1.5' }, 'a fraction'],
    ['size', 'name', { name: 'x' }, 'not a whole number'],
    ['size', 'size * 2', { size: 2n ** 62n }, 'is not exact'],
    ['size', '1e300 * 1e300', {}, 'too large'],
    ['price', 'price * 2', { price: '123456789012.34567890123' }, 'more digits than'],
    ['price', 'price * 1e14', { price: '19.99' }, 'is not exact'],
    ['name', 'price', { price: '1.5' }, 'printf'],
    ['name', "x'00'", {}, 'gives bytes'],
    ['name', "json_extract(name, '$.a')", { name: 'no json' }, 'malformed JSON'],
    ['name', 'zeroblob(2000000000)', {}, 'too big'],
    ['open', 'size', { size: 2 }, 'true or false'],
    ['extra', 'name', { name: 'plain' }, 'json_quote'],
    ['since', 'size', { size: 1 }, 'datetime('],
    ['ref', 'size', { size: 1 }, 'a uuid column takes text'],
  ])('%s: %s', async (column, text, values, reason) => {
    const records = [recordOf({}, 1), recordOf(values, 2)]
    const { id = '' } = records[1] ?? {}
    const calculation = await calculator.prepare(TABLE, {
      [column]: `case when id = '${id}' then ${text} else "${column}" end`,
    })
    const error: unknown = await calculation.updates(records).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ComputedValueError)
    expect(error).toMatchObject({
      records: 1,
      problems: [{ id, column, reason: expect.stringContaining(reason) }],
      message: expect.stringContaining(`record ${id}`),
    })
  })

  test('ten of many are listed', async () => {
    const records = Array.from({ length: 50 }, (_, n) => recordOf({ size: n }, n))
    const error = await compute(records, { size: 'case when size < 30 then 0.5 else 1 end' }).catch(
      (error: unknown) => error,
    )
    expect(error).toMatchObject({ records: 30, problems: { length: 10 } })
  })
})

describe('an expression that is not one', () => {
  test.each<[string, string]>([
    ['prise * 2', 'Did you mean "price"?'],
    ['upper(name', 'never closed'],
    ["upper('name)", 'never closed'],
    ['1) from products where (1', 'closes nothing'],
    ['price +', 'syntax error'],
    ['price price', 'near "price": syntax error (line 1, column 7)'],
    ['uper(name)', 'Did you mean upper?'],
    ['1, 2', 'row value'],
    ['?', 'there are no parameters'],
    [':name', 'there are no parameters'],
    ['sum(size)', 'its own record'],
    ['row_number() over ()', 'its own record'],
    ['(select sum(size))', 'its own record'],
    ['(select max(price) from products)', 'its own record'],
    ['(select 1 from __mirror_record)', 'its own record'],
    ['(select 1 from main."__MIRROR_record")', 'its own record'],
    ['rowid', 'no column "rowid"'],
    ['random()', 'random'],
    ['hex(randomblob(4))', 'random'],
    ['price; delete from products', '; is not allowed'],
    ['name /* open', 'incomplete input'],
    ['', 'empty'],
    [' -- ', 'empty'],
  ])('%s', async (text, expected) => {
    const error = await failure({}, { name: text })
    expect(error).toBeInstanceOf(ExpressionError)
    const { message, hint, column, field } = error as ExpressionError
    expect(`${message} ${hint}`).toContain(expected)
    expect([column, field]).toEqual(['name', 'expressions.name'])
  })

  test('is found without any record, and the column is named', async () => {
    const prepared = calculator.prepare(TABLE, { name: 'upper(name)', size: 'sise' })
    await expect(prepared).rejects.toMatchObject({ column: 'size' })
    const unknown = calculator.prepare(TABLE, { nam: '1' })
    await expect(unknown).rejects.toMatchObject({ hint: 'Did you mean "name"?' })
    const twice = calculator.prepare(TABLE, { name: '1' }, { set: { name: 'x' } })
    await expect(twice).rejects.toThrow('the column "name" is set twice')
  })

  test('parts of two do not make a third', async () => {
    const error = await failure({}, { name: "'a' /*", size: "*/ || 'b'" })
    expect(error).toBeInstanceOf(ExpressionError)
  })
})

test('masked and hidden columns cannot be read', async () => {
  const visible: CalculationOptions['visible'] = (_, column) =>
    column === 'price' ? 'mask' : column === 'ref' ? 'hide' : 'show'
  const masked = compute([], { size: 'products."PRICE" + 1' }, { visible })
  await expect(masked).rejects.toThrow('the values of "price" are masked')
  const hidden: unknown = await compute([], { size: 'ref' }, { visible }).catch((e: unknown) => e)
  expect(hidden).toMatchObject({ message: expect.stringContaining('there is no column "ref"') })
  expect(JSON.stringify(hidden)).not.toContain('uuid')
  const all = [recordOf({ price: '5', ref: 'a' })]
  const { changes } = await compute(all, { size: "1 + json_valid('1')" }, { visible })
  expect(changes).toMatchObject([{ set: { size: 2 } }])
})

describe('hostile texts', () => {
  const short = openCalculator({ maxMemory: 64e6, timeMs: 150 })
  afterAll(() => short.close())

  test.each([...REFUSED, ...STOPPED].map((sql) => [sql.slice(0, 90), sql]))(
    '%s',
    async (_, sql) => {
      for (const text of [sql, `1) from products; ${sql}`]) {
        const outcome = await short
          .prepare(TABLE, { name: text })
          .then((calculation) => calculation.updates([recordOf({})]))
          .then(
            () => 'it was computed',
            (error: unknown) => error,
          )
        expect(outcome).toSatisfy(
          (error) => error instanceof ExpressionError || error instanceof ComputedValueError,
        )
      }
      expect(existsSync(OUT)).toBe(false)
    },
  )
})

test('an evaluation is stopped when its caller gives up', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const endless =
    '(with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c)'
  const { signal } = controller
  const calculation = await calculator.prepare(TABLE, { size: endless }, { signal })
  setTimeout(() => controller.abort(reason), 50)
  await expect(calculation.updates([recordOf({})])).rejects.toBe(reason)
})
