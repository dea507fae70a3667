/** Reading by offset from gateways that shift, shuffle, cap, and say nothing or the wrong thing. */
import { describe, expect, test } from 'vitest'
import { TableChangedError, UnexpectedAnswerError } from '../../src/errors.ts'
import { RecordQuery } from '../../src/query/record-query.ts'
import {
  type FakeOptions,
  type FakeRecord,
  fakeGateway,
  NUMBERS,
  numbered,
} from './fake-gateway.ts'

function gateway(options: Omit<FakeOptions, 'table'>) {
  return fakeGateway({ table: NUMBERS, ...options })
}

async function readAll(query: RecordQuery): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = []
  try {
    for await (const record of query) ids.push(record.id)
    return { ids, error: undefined }
  } catch (error) {
    return { ids, error }
  }
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function shuffled(records: readonly FakeRecord[], random: () => number): FakeRecord[] {
  return records
    .map((record) => ({ record, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ record }) => record)
}

describe('a table at rest', () => {
  test.each([0, 1, 99, 100, 101, 200, 1234])(
    'of %i records is read once, in order',
    async (count) => {
      const fake = gateway({ records: numbered(count) })
      const { ids, error } = await readAll(new RecordQuery(fake.context))
      expect(error).toBeUndefined()
      expect(ids).toEqual(fake.records.map(({ id }) => id))
      // A full page whose total is its own length may not be all. Pages share a record; the head is
      // read once more at the end.
      const overlapping = 1 + Math.ceil((Math.max(count, 101) - 100) / 99)
      expect(fake.requests).toHaveLength(count < 100 ? 1 : overlapping + 1)
    },
  )

  test('is read in parallel, at most eight pages at once', async () => {
    const fake = gateway({ records: numbered(5_000) })
    await readAll(new RecordQuery(fake.context))
    expect(fake.mostAtOnce()).toBe(8)
    expect(fake.requests).toHaveLength(1 + Math.ceil(4_900 / 99) + 1)
  })

  test('keeps the order when later pages come before earlier ones', async () => {
    const fake = gateway({
      records: numbered(1_000),
      before: async ({ skip }) => {
        for (let turn = 0; turn < 10 - skip / 100; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
    })
    const { ids } = await readAll(new RecordQuery(fake.context))
    expect(ids).toEqual(fake.records.map(({ id }) => id))
  })

  test('is read whole when the gateway gives fewer records than asked', async () => {
    for (const cap of [1, 7, 50, 99]) {
      const fake = gateway({ records: numbered(230), cap })
      const { ids, error } = await readAll(new RecordQuery(fake.context))
      expect([cap, error, ids]).toEqual([cap, undefined, fake.records.map(({ id }) => id)])
    }
  })

  test('is read whole when the gateway gives more records than asked', async () => {
    const fake = gateway({
      records: numbered(1_000),
      answer: ({ meta }, { skip }) => ({
        data: numbered(1_000).slice(skip, skip + 250),
        meta: meta ?? null,
      }),
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids).toEqual(numbered(1_000).map(({ id }) => id))
  })

  test.each([
    ['there is no meta', (): FakeMeta => undefined],
    ['meta is null', (): FakeMeta => null],
    ['meta says nothing', (): FakeMeta => ({})],
    ['the total is that of the page', (length: number): FakeMeta => ({ total: length })],
    ['the total is always 0', (): FakeMeta => ({ total: 0 })],
    ['the total is too small', (): FakeMeta => ({ total: 120 })],
    ['the total is too large', (): FakeMeta => ({ total: 5_000 })],
    ['the total is negative', (): FakeMeta => ({ total: -1 })],
    ['the total is not a count', (): FakeMeta => ({ total: Number.NaN })],
  ])('is read whole when %s', async (_, meta) => {
    for (const count of [0, 1, 30, 100, 200, 345]) {
      const fake = gateway({
        records: numbered(count),
        answer: ({ data }) => {
          const said = meta(data.length)
          return said === undefined ? { data } : { data, meta: said }
        },
      })
      const { ids, error } = await readAll(new RecordQuery(fake.context))
      expect([count, error]).toEqual([count, undefined])
      expect(ids).toEqual(fake.records.map(({ id }) => id))
    }
  })

  test('is read whole when pages are smaller than asked and nothing is said of it', async () => {
    const fake = gateway({ records: numbered(345), cap: 40, answer: ({ data }) => ({ data }) })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids).toEqual(fake.records.map(({ id }) => id))
  })
})

type FakeMeta = { total?: number } | null | undefined

describe('a gateway that ignores the offset', () => {
  test.each([true, false])('is noticed (meta given: %s)', async (withMeta) => {
    const fake = gateway({
      records: numbered(500),
      answer: ({ meta }, { limit }) => ({
        data: numbered(500).slice(0, limit),
        ...(withMeta && { meta: meta ?? null }),
      }),
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
    expect(ids).toHaveLength(100)
    expect(fake.requests.length).toBeLessThan(20)
  })

  test('and the limit too, is noticed', async () => {
    const fake = gateway({ records: [], answer: () => ({ data: numbered(30) }) })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
    expect(ids).toHaveLength(30)
  })

  test('and shuffles, without a total, does not keep us for ever', async () => {
    const random = randomFrom(1)
    const fake = gateway({
      records: [],
      answer: () => ({ data: shuffled(numbered(30), random) }),
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
    expect(ids).toHaveLength(30)
  })

  test('is noticed soon, also where only few records come', async () => {
    for (const few of [1, 3, 9]) {
      const fake = gateway({
        records: [],
        answer: () => ({ data: numbered(few), meta: { total: 500 } }),
      })
      const { ids, error } = await readAll(new RecordQuery(fake.context))
      expect(error).toBeInstanceOf(UnexpectedAnswerError)
      expect(ids).toHaveLength(few)
      expect(fake.requests.length).toBeLessThan(30)
    }
  })

  test('and holds one record, is noticed', async () => {
    const fake = gateway({ records: [], answer: () => ({ data: numbered(1) }) })
    const { error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeInstanceOf(UnexpectedAnswerError)
  })
})

describe('a table that changes while it is read', () => {
  test('a record deleted behind the reader moves the next one out of sight; it is read again', async () => {
    const fake = gateway({
      records: numbered(300),
      change: (count) => {
        if (count === 2) fake.records = fake.records.slice(1)
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids.toSorted()).toEqual(numbered(300).map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('the second pass ends as soon as every page from before the change was read again', async () => {
    const fake = gateway({
      records: numbered(3_000),
      change: (count) => {
        if (count === 2) fake.records = fake.records.slice(1)
      },
    })
    await readAll(new RecordQuery(fake.context))
    expect(fake.requests.length).toBeLessThan(30 + 12)
  })

  test('a record inserted in front moves records to where they come twice; none is given twice', async () => {
    const [first] = numbered(1, 900)
    const fake = gateway({
      records: numbered(300),
      change: (count) => {
        if (count === 3) fake.records = [first as FakeRecord, ...fake.records]
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids.toSorted()).toEqual([...numbered(300), ...numbered(1, 900)].map(({ id }) => id))
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('records inserted at the end are read too', async () => {
    const fake = gateway({
      records: numbered(300),
      change: (count) => {
        if (count === 3) fake.records = [...fake.records, ...numbered(150, 300)]
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids).toEqual(numbered(450).map(({ id }) => id))
    expect(fake.requests).toHaveLength(6)
  })

  test('records inserted at the end all the time do not keep a read from its end', async () => {
    const fake = gateway({
      records: numbered(1_000),
      change: (count) => {
        if (count % 2 === 0) fake.records = [...fake.records, ...numbered(1, fake.records.length)]
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    // The last request is the look at the head, before which one more is inserted.
    expect(ids).toEqual(fake.records.slice(0, ids.length).map(({ id }) => id))
    expect(ids.length).toBeGreaterThanOrEqual(fake.records.length - 1)
    expect(fake.requests).toHaveLength(12)
  })

  test('a deletion and an insertion between two pages that leave the total are noticed', async () => {
    const fake = gateway({
      records: numbered(300),
      change: (count) => {
        if (count === 2) fake.records = [...fake.records.slice(1), ...numbered(1, 300)]
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids.toSorted()).toEqual(numbered(301).map(({ id }) => id))
    // One page was read between the two that did not connect.
    expect(fake.requests).toHaveLength(6)
  })

  test('states so when it never settles, after everything that it found', async () => {
    const random = randomFrom(7)
    let next = 300
    const fake = gateway({
      records: numbered(300),
      change: () => {
        fake.records = [...numbered(1, next), ...shuffled(fake.records, random)]
        next += 1
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeInstanceOf(TableChangedError)
    expect((error as TableChangedError).message).toMatch(/3 passes/)
    expect((error as TableChangedError).hint).toBeDefined()
    expect(new Set(ids).size).toBe(ids.length)
    expect(fake.requests.length).toBeLessThan(30)
  })

  test('a record inserted at the head before every page leaves a read whole', async () => {
    let next = 300
    const fake = gateway({
      records: numbered(300),
      change: () => {
        fake.records = [...numbered(1, next), ...fake.records]
        next += 1
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(new Set(ids).size).toBe(ids.length)
    expect(numbered(300).filter(({ id }) => !ids.includes(id))).toEqual([])
    expect(fake.requests.length).toBeLessThan(12)
  })

  test('a read that ends at its limit does not mind', async () => {
    let next = 300
    const fake = gateway({
      records: numbered(300),
      change: () => {
        fake.records = [...fake.records, ...numbered(1, next)]
        next += 1
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context, { limit: 150 }))
    expect(error).toBeUndefined()
    expect(ids).toEqual(numbered(150).map(({ id }) => id))
  })

  test('random writers: each record once; those that stayed are all there, or it is said', async () => {
    const outcomes = { whole: 0, changed: 0 }
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomFrom(seed)
      const start = numbered(Math.floor(random() * 600))
      const busyRequests = Math.floor(random() * 12)
      const deleted = new Set<string>()
      const fake = gateway({
        records: start,
        // One change at a time, so that each one shows in a total.
        change: (count) => {
          if (count > busyRequests || random() < 0.5) return
          const at = Math.floor(random() * (fake.records.length + 1))
          if (random() < 0.5) {
            fake.records = fake.records.toSpliced(at, 0, ...numbered(1, 10_000 + count))
          } else {
            for (const { id } of fake.records.slice(at, at + 1)) deleted.add(id)
            fake.records = fake.records.toSpliced(at, 1)
          }
        },
      })
      const { ids, error } = await readAll(new RecordQuery(fake.context))
      expect(new Set(ids).size).toBe(ids.length)
      if (error !== undefined) {
        expect(error).toBeInstanceOf(TableChangedError)
        outcomes.changed += 1
        continue
      }
      outcomes.whole += 1
      const seen = new Set(ids)
      expect(start.filter(({ id }) => !deleted.has(id) && !seen.has(id))).toEqual([])
    }
    expect(outcomes.whole).toBeGreaterThan(290)
  })
})

describe('pages in no stable order', () => {
  test('are read until every record was seen, each once', async () => {
    for (const [count, seed] of [
      [101, 1],
      [450, 2],
      [1_000, 3],
      [3_376, 4],
    ] as const) {
      const random = randomFrom(seed)
      const fake = gateway({
        records: numbered(count),
        dialect: { pageOrder: 'unstable' },
        order: (records) => shuffled(records, random),
      })
      const { ids, error } = await readAll(new RecordQuery(fake.context))
      expect([count, error]).toEqual([count, undefined])
      expect(ids.toSorted()).toEqual(fake.records.map(({ id }) => id))
    }
  })

  test('are known to be complete without totals as well, by where the list ends', async () => {
    const random = randomFrom(5)
    const fake = gateway({
      records: numbered(450),
      order: (records) => shuffled(records, random),
      answer: ({ data }) => ({ data }),
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeUndefined()
    expect(ids.toSorted()).toEqual(fake.records.map(({ id }) => id))
  })

  test('while records are replaced are reported not to be known to be complete', async () => {
    const random = randomFrom(6)
    let next = 450
    const fake = gateway({
      records: numbered(450),
      order: (records) => shuffled(records, random),
      change: () => {
        fake.records = [...fake.records.slice(1), ...numbered(1, next)]
        next += 1
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(error).toBeInstanceOf(TableChangedError)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('stopping', () => {
  test('a loop that ends early asks for little more, and leaves nothing behind', async () => {
    const fake = gateway({ records: numbered(100_000) })
    for await (const record of new RecordQuery(fake.context)) {
      if (record.id === 'r000120') break
    }
    const asked = fake.requests.length
    expect(asked).toBeLessThanOrEqual(11)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(fake.requests).toHaveLength(asked)
  })

  test('a failing page is thrown in its turn; the others are dropped silently', async () => {
    const fake = gateway({
      records: numbered(1_000),
      before: ({ skip }) => {
        if (skip >= 300) throw new Error(`no page at ${skip}`)
      },
    })
    const { ids, error } = await readAll(new RecordQuery(fake.context))
    expect(ids).toHaveLength(397)
    expect(error).toEqual(new Error('no page at 396'))
  })

  test('an abort ends it with its reason', async () => {
    const fake = gateway({ records: numbered(10_000) })
    const abort = new AbortController()
    const query = new RecordQuery(fake.context, {}, { signal: abort.signal })
    const reason = new Error('enough')
    let seen = 0
    const run = async () => {
      for await (const _ of query) {
        seen += 1
        if (seen === 250) abort.abort(reason)
      }
    }
    await expect(run()).rejects.toBe(reason)
    expect(seen).toBeLessThan(1_000)
    expect(fake.requests.length).toBeLessThan(20)
  })

  test('an abort before the start sends nothing', async () => {
    const fake = gateway({ records: numbered(10) })
    const query = new RecordQuery(fake.context, {}, { signal: AbortSignal.abort(new Error('no')) })
    await expect(query.toArray()).rejects.toThrow('no')
    expect(fake.requests).toHaveLength(0)
  })
})
