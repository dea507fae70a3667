import type { Table } from '@chatlayer-tables/contract'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { InvalidInputError, TableChangedError, UnexpectedAnswerError } from '../../src/errors.ts'
import { RecordQuery } from '../../src/query/record-query.ts'
import type { TableRecord, Values } from '../../src/types.ts'
import {
  type FakeFilter,
  type FakeOptions,
  type FakeRecord,
  fakeGateway,
  NUMBERS,
  numbered,
} from './fake-gateway.ts'

/** Whether `n` meets a filter on it, as the wire writes it. */
function meets({ id, values }: FakeRecord, { columnName, operator, value }: FakeFilter): boolean {
  if (columnName === 'id') return operator === 'eq' && id === value
  const [held, wanted] = [values.n as number, Number(value)]
  return {
    eq: held === wanted,
    gt: held > wanted,
    gte: held >= wanted,
    lt: held < wanted,
    lte: held <= wanted,
  }[operator] as boolean
}

function gateway(options: Partial<FakeOptions> = {}) {
  return fakeGateway({ table: NUMBERS, records: numbered(1_000), meets, ...options })
}

const numbersOf = (records: readonly TableRecord[]) => records.map(({ values }) => values.n)

describe('ways to take records', () => {
  test('one by one, by page, the first, all, the first few', async () => {
    const query = new RecordQuery(gateway().context, { where: { n: { gte: 700 } } })
    const pages: number[] = []
    for await (const page of query.pages()) pages.push(page.length)
    expect(pages).toEqual([100, 99, 99, 2])
    let sum = 0
    for await (const { values } of query) sum += values.n as number
    expect(sum).toBe((700 + 999) * 150)
    expect((await query.first())?.values).toEqual({ n: 700 })
    expect(await query.toArray()).toHaveLength(300)
    expect(numbersOf(await query.toArray({ limit: 2 }))).toEqual([700, 701])
  })

  test('an empty page is not returned', async () => {
    const fake = gateway()
    const pages: number[][] = []
    for await (const page of new RecordQuery(fake.context, {
      where: { n: { ne: 1_000 } },
      offset: 950,
    }).pages()) {
      pages.push(numbersOf(page) as number[])
    }
    expect(pages.map((page) => page.length)).toEqual([41, 9])
    expect(pages.flat()).toEqual(Array.from({ length: 50 }, (_, index) => 950 + index))
  })

  test('the smaller of two limits counts', async () => {
    const query = new RecordQuery(gateway().context, { limit: 3 })
    expect(await query.toArray({ limit: 5 })).toHaveLength(3)
    expect(await query.toArray({ limit: 2 })).toHaveLength(2)
    expect(await query.toArray({ limit: 0 })).toEqual([])
    expect(await new RecordQuery(gateway().context, { limit: 0 }).first()).toBeUndefined()
  })

  test('no record is undefined', async () => {
    const query = new RecordQuery(gateway().context, { where: { n: -1 } })
    expect(await query.first()).toBeUndefined()
  })

  test('values are read by the reader that was given', async () => {
    const query = new RecordQuery(gateway().context, { limit: 1 }, {}, ({ n }, id) => `${id}: ${n}`)
    expect((await query.first())?.values).toBe('r000000: 0')
    expectTypeOf(query).toEqualTypeOf<RecordQuery<string>>()
    expectTypeOf(query.first()).resolves.toEqualTypeOf<TableRecord<string> | undefined>()
  })

  test('is run again each time', async () => {
    const fake = gateway()
    const query = new RecordQuery(fake.context)
    expect(await query.count()).toBe(1_000)
    fake.records = numbered(5)
    expect(await query.count()).toBe(5)
    expect(await query.toArray()).toHaveLength(5)
  })

  test('types', () => {
    const query = new RecordQuery(gateway().context)
    expectTypeOf(query).toEqualTypeOf<RecordQuery<Values>>()
    expectTypeOf(query.toArray()).resolves.toEqualTypeOf<TableRecord<Values>[]>()
    expectTypeOf(query.count()).resolves.toBeNumber()
  })
})

describe('input', () => {
  test('is checked before anything is sent', async () => {
    const fake = gateway()
    const wrong = [{ where: { m: 1 } }, { where: { n: 'x' } }, { select: ['m'] }, { sort: 'm' }]
    for (const options of wrong) {
      const query = new RecordQuery(fake.context, options)
      await expect(query.toArray()).rejects.toThrow(InvalidInputError)
      await expect(query.first()).rejects.toThrow(InvalidInputError)
      await expect(query.explain()).rejects.toThrow(InvalidInputError)
    }
    await expect(new RecordQuery(fake.context, { where: { m: 1 } }).count()).rejects.toThrow(
      InvalidInputError,
    )
    await expect(new RecordQuery(fake.context).toArray({ limit: -1 })).rejects.toThrow(
      InvalidInputError,
    )
    expect(fake.requests).toEqual([])
  })
})

describe('several SELECTs', () => {
  const wide = { or: [{ n: { lt: 30 } }, { n: { lt: 40 } }, { n: 998 }, { n: 999 }] }

  test('give each record once', async () => {
    const fake = gateway({ records: numbered(5_000), dialect: { maxSelectLimit: 500 } })
    const records = await new RecordQuery(fake.context, {
      where: { or: [{ n: 1 }, { n: { in: [1, 2] } }] },
    }).toArray()
    expect(numbersOf(records)).toEqual([1, 2])
  })

  test('begin together', async () => {
    const fake = gateway({ records: numbered(100_000) })
    const list = Array.from({ length: 50 }, (_, index) => index * 7)
    const records = await new RecordQuery(fake.context, { where: { n: { in: list } } }).toArray()
    expect(numbersOf(records)).toEqual(list)
    expect(fake.mostAtOnce()).toBe(8)
    expect(fake.requests).toHaveLength(51)
  })

  test('are given up for a small table, whose first page is then used', async () => {
    const fake = gateway({ records: numbered(150) })
    const records = await new RecordQuery(fake.context, { where: wide }).toArray()
    expect(records).toHaveLength(40)
    expect(fake.requests.map(({ operation, skip }) => [operation, skip])).toEqual([
      ['getTableData', 0],
      ['getTableData', 99],
      ['getTableData', 0],
    ])
  })

  test('one that fails ends it all', async () => {
    const fake = gateway({
      records: numbered(100_000),
      before: ({ filters }) => {
        if (filters.some(({ value }) => value === '21')) throw new Error('not this one')
      },
    })
    const query = new RecordQuery(fake.context, { where: { n: { in: [7, 14, 21, 28, 35] } } })
    const seen: unknown[] = []
    const run = async () => {
      for await (const { values } of query) seen.push(values.n)
    }
    await expect(run()).rejects.toThrow('not this one')
    expect(seen).toEqual([7, 14])
  })

  test('stop when the loop does', async () => {
    const fake = gateway({ records: numbered(100_000) })
    const list = Array.from({ length: 500 }, (_, index) => index)
    for await (const _ of new RecordQuery(fake.context, { where: { n: { in: list } } })) break
    const asked = fake.requests.length
    expect(asked).toBeLessThan(15)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(fake.requests).toHaveLength(asked)
  })
})

describe('sorting', () => {
  test('a table that kept changing is reported before the first record', async () => {
    let next = 1_000
    const fake = gateway({
      change: () => {
        fake.records = numbered(1_000, next)
        next += 500
      },
    })
    const records: unknown[] = []
    const run = async () => {
      for await (const record of new RecordQuery(fake.context, { sort: 'n' })) records.push(record)
    }
    await expect(run()).rejects.toThrow(TableChangedError)
    expect(records).toEqual([])
  })

  test('by pages of a hundred', async () => {
    const query = new RecordQuery(gateway().context, {
      sort: { column: 'n', direction: 'desc' },
      offset: 5,
      limit: 250,
    })
    const pages: unknown[][] = []
    for await (const page of query.pages()) pages.push(numbersOf(page))
    expect(pages.map((page) => page.length)).toEqual([100, 100, 50])
    expect(pages.flat()).toEqual(Array.from({ length: 250 }, (_, index) => 994 - index))
  })
})

describe('an offset left to the gateway', () => {
  test('a record that the filter excludes shows that the gateway does not filter as was thought', async () => {
    const fake = gateway({ meets: () => true })
    const where = { n: { gte: 500 } }
    await expect(
      new RecordQuery(fake.context, { where, offset: 5, limit: 5 }).toArray(),
    ).rejects.toThrow(UnexpectedAnswerError)
    // Without an offset it is sorted out here.
    expect(numbersOf(await new RecordQuery(fake.context, { where, limit: 2 }).toArray())).toEqual([
      500, 501,
    ])
  })
})

describe('count', () => {
  test.each<[string, Partial<FakeOptions>]>([
    ['a total of the page', { answer: ({ data }) => ({ data, meta: { total: data.length } }) }],
    ['a total of the table', { answer: ({ data }) => ({ data, meta: { total: 1_000 } }) }],
    ['no total', { answer: ({ data }) => ({ data }) }],
    ['a total that is too small', { answer: ({ data }) => ({ data, meta: { total: 40 } }) }],
    ['a gateway that does not filter', { meets: () => true }],
    [
      'a gateway that filters but counts all',
      {
        answer: ({ data }, { filters }) => ({
          data,
          meta: { total: filters.length > 0 ? 999 : 1_000 },
        }),
      },
    ],
  ])('is right with %s', async (_, options) => {
    for (const [where, count] of [
      [{ n: { gte: 700 } }, 300],
      [{ n: { lt: 1 } }, 1],
      [{ n: { lt: 2 } }, 2],
      [{ n: -1 }, 0],
      [{}, 1_000],
    ] as const) {
      const fake = gateway(options)
      expect(await new RecordQuery(fake.context, { where }).count()).toBe(count)
    }
  })

  test('is right when the table grows between its two requests', async () => {
    const fake = gateway({
      change: (count) => {
        if (count === 2) fake.records = numbered(1_003)
      },
    })
    expect(await new RecordQuery(fake.context).count()).toBe(1_003)
  })

  test('takes two small requests, and neither sorts nor projects', async () => {
    const fake = gateway()
    const query = new RecordQuery(fake.context, {
      where: { n: { gte: 700 } },
      sort: 'n',
      select: ['n'],
    })
    expect(await query.count()).toBe(300)
    expect(fake.requests.map(({ skip, limit }) => [skip, limit])).toEqual([
      [0, 2],
      [299, 2],
    ])
  })
})

describe('explain', () => {
  test('reads one record, and reports what is then done', async () => {
    const fake = gateway()
    const query = new RecordQuery(fake.context, { where: { n: { lt: 250 } } })
    const { requests, total, text } = await query.explain()
    expect(total).toBe(1_000)
    expect(text).toContain('for 1000 records')
    expect(fake.requests.splice(0)).toMatchObject([
      { operation: 'getTableData', skip: 0, limit: 1 },
    ])
    await query.toArray()
    expect(fake.requests.length).toBeGreaterThanOrEqual(requests.atLeast)
    expect(fake.requests.length).toBeLessThanOrEqual(requests.atMost)
  })

  test('of what needs no request sends none', async () => {
    const fake = gateway()
    expect((await new RecordQuery(fake.context, { where: { or: [] } }).explain()).strategy).toBe(
      'nothing',
    )
    expect(fake.requests).toEqual([])
  })

  test('the requests of a full read are as many as it states', async () => {
    for (const count of [0, 1, 99, 100, 101, 150, 199, 200, 999, 1_000]) {
      const fake = gateway({ records: numbered(count) })
      const query = new RecordQuery(fake.context)
      const { requests } = await query.explain()
      fake.requests.splice(0)
      await query.toArray()
      expect(fake.requests).toHaveLength(requests.expected)
      expect(requests.atMost).toBe(requests.expected)

      // Dates that show that the newest records are last spare the look at the head.
      fake.records = fake.records.map((record, index) => ({
        ...record,
        updatedAt: new Date(Date.UTC(2024, 0, 1) + index).toISOString(),
      }))
      fake.requests.splice(0)
      await query.toArray()
      expect(fake.requests).toHaveLength(requests.atLeast)
    }
  })

  test('also where pages are very small', async () => {
    for (const maxSelectLimit of [1, 3, 4]) {
      for (const count of [0, 1, 2, 3, 4, 5, 11, 12]) {
        const fake = gateway({ records: numbered(count), dialect: { maxSelectLimit } })
        const query = new RecordQuery(fake.context, { where: { n: { gte: 0 } } })
        const { requests, strategy } = await query.explain()
        fake.requests.splice(0)
        await query.toArray()
        if (strategy !== 'select') continue
        const selects = fake.requests.filter(({ operation }) => operation === 'performTableAction')
        expect([maxSelectLimit, count, selects.length]).toEqual([
          maxSelectLimit,
          count,
          requests.atMost,
        ])
      }
    }
  })
})

test('one record is asked for at once, however small the pages of a SELECT are', async () => {
  const records = numbered(300).map((record, index) => ({
    ...record,
    id: `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`,
  }))
  const fake = gateway({ records, dialect: { maxSelectLimit: 10 } })
  const id = records[250]?.id ?? ''
  expect((await new RecordQuery(fake.context, { where: { id } }).first())?.id).toBe(id)
  expect(fake.requests).toMatchObject([{ operation: 'performTableAction', limit: 1 }])
})

test('the dialect is read at each run', async () => {
  const fake = gateway()
  let maxSelectLimit = 100
  const context = {
    ...fake.context,
    dialect: () => ({ ...fake.context.dialect(), maxSelectLimit }),
  }
  const query = new RecordQuery(context, { where: { n: { gte: 0 } } })
  await query.toArray()
  expect(fake.requests.splice(0)).toHaveLength(12)
  maxSelectLimit = 50
  await query.toArray()
  expect(fake.requests.every(({ limit }) => limit <= 100)).toBe(true)
})

test('a run has one deadline for all its requests', async () => {
  const deadlines = new Set<unknown>()
  const fake = gateway()
  const { sender } = fake.context
  const spy: typeof sender = {
    ...sender,
    send: (operation, input, options) => {
      deadlines.add(options?.deadline)
      return sender.send(operation, input, options)
    },
  }
  await new RecordQuery({ ...fake.context, sender: spy }, {}, { timeoutMs: 5_000 }).toArray()
  expect(deadlines.size).toBe(1)
  const [deadline] = deadlines
  expect((deadline as number) - performance.now()).toBeGreaterThan(0)
  expect((deadline as number) - performance.now()).toBeLessThanOrEqual(5_000)
})

test('a table of columns with any name can be projected', async () => {
  const table: Table = {
    id: 't',
    name: 't',
    columns: ['__proto__', 'toString', 'n'].map((name) => ({ name, type: 'text' })),
  }
  const values = Object.fromEntries([
    ['__proto__', 'p'],
    ['n', 'x'],
  ])
  const fake = fakeGateway({ table, records: [{ id: 'r', values }] })
  const record = await new RecordQuery(fake.context, { select: ['toString', '__proto__'] }).first()
  expect(Object.entries(record?.values ?? {})).toEqual([
    ['toString', null],
    ['__proto__', 'p'],
  ])
})
