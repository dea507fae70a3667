/** Full reads while others write: whole, or reported as not whole. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TableChangedError } from '../../src/errors.ts'
import { readRecords } from '../../src/query/read.ts'
import { changingList, type History, type Order } from './changing-list.ts'

interface Outcome {
  readonly isWhole: boolean
  readonly requests: number
  /** Records that existed throughout and did not come. */
  readonly missed: readonly string[]
}

async function run(history: History): Promise<Outcome> {
  const list = changingList(history)
  const seen = new Set<string>()
  let isWhole = true
  try {
    const pages = readRecords(list.fetch, {
      pageSize: 100,
      skip: 0,
      want: undefined,
      ahead: 8,
      mayStopEarly: false,
      totalCounts: history.seed % 2 === 0,
      maxPasses: 3,
      signal: undefined,
    })
    for await (const page of pages) {
      for (const { id } of page) {
        if (seen.has(id)) throw new Error(`${id} came twice`)
        seen.add(id)
      }
    }
  } catch (error) {
    if (!(error instanceof TableChangedError)) throw error
    isWhole = false
  }
  const missed = list.standing().filter((id) => !seen.has(id))
  return { isWhole, requests: list.requests(), missed }
}

const histories = fc.record<History>({
  order: fc.constantFrom('stable', 'stable', 'updated-last', 'updated-first', 'shuffled'),
  seed: fc.nat(),
  count: fc.oneof(fc.nat(40), fc.nat(250)),
  cap: fc.constantFrom(1, 2, 3, 5, 7, 10, 20, 20, 100),
  isLimitReported: fc.boolean(),
  totals: fc.constantFrom('right', 'right', 'missing', 'page'),
  timestamps: fc.constantFrom('constant', 'ticking', 'missing'),
  inserts: fc.constantFrom('head', 'tail', 'anywhere'),
  rate: fc.constantFrom(0.1, 0.5, 1, 3),
  busyRequests: fc.constantFrom(0, 5, 15, 40, Number.POSITIVE_INFINITY),
  isBalanced: fc.boolean(),
})

const RUNS = 2_000

test(`a read holds every record that existed throughout, or reports that it may not: ${RUNS} histories`, {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const { isWhole, missed } = await run(history)
      if (isWhole) expect(missed).toEqual([])
    }),
    { numRuns: RUNS },
  )
})

describe('a moderate writer that never stops leaves nearly every read whole', () => {
  test.each<[Order, number]>([
    ['stable', 0.95],
    ['updated-last', 0.95],
    ['updated-first', 0.95],
  ])('in the order %s', async (order, floor) => {
    const outcomes: boolean[] = []
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const { isWhole, missed } = await run({
          ...history,
          order,
          count: 100 + (history.count % 200),
          cap: history.cap < 10 ? 20 : history.cap,
          rate: Math.min(history.rate, 2),
          busyRequests: Number.POSITIVE_INFINITY,
        })
        if (isWhole) expect(missed).toEqual([])
        outcomes.push(isWhole)
      }),
      { numRuns: 150 },
    )
    const share = outcomes.filter(Boolean).length / outcomes.length
    expect(share).toBeGreaterThanOrEqual(floor)
  })
})

describe('requests', () => {
  const REST: History = {
    order: 'stable',
    seed: 1,
    count: 450,
    cap: 100,
    isLimitReported: true,
    totals: 'right',
    timestamps: 'ticking',
    inserts: 'tail',
    rate: 0,
    busyRequests: 0,
    isBalanced: false,
  }

  test.each<[string, Partial<History>, number]>([
    ['where the newest records are last', {}, 5],
    ['where the newest may be first', { timestamps: 'constant' }, 6],
    ['without totals', { totals: 'missing' }, 6],
    ['with totals of the page', { totals: 'page' }, 6],
    ['of a short list', { count: 99 }, 1],
    ['of a short list without totals', { count: 99, totals: 'missing' }, 2],
    ['of a list that is one full page', { count: 100 }, 2],
    ['with smaller pages than requested', { cap: 50, isLimitReported: false }, 10],
    ['of pages too small to overlap, read twice', { count: 30, cap: 3 }, 19],
  ])('at rest %s', async (_, change, requests) => {
    expect(await run({ ...REST, ...change })).toEqual({ isWhole: true, requests, missed: [] })
  })

  test('an order that changes with each request takes many passes', async () => {
    const { isWhole, requests, missed } = await run({ ...REST, order: 'shuffled', count: 3_400 })
    expect([isWhole, missed]).toEqual([true, []])
    expect(requests / 34).toBeLessThan(30)
  })
})

describe('450 records, one deleted and one inserted between two pages', () => {
  test.each([1, 2, 3, 4, 5])('before request %i', async (at) => {
    let list = Array.from({ length: 450 }, (_, n) => ({ id: `r${n}`, values: { n } }))
    const start = list
    let requests = 0
    const seen: string[] = []
    const pages = readRecords(
      async (skip, limit) => {
        requests += 1
        // The total stays, and every page after it is shifted by one.
        if (requests === at + 1) list = [...list.slice(1), { id: 'new', values: { n: -1 } }]
        const records = list.slice(skip, skip + limit)
        return { skip, records, total: list.length, limit, isLimitReported: true }
      },
      {
        pageSize: 100,
        skip: 0,
        want: undefined,
        ahead: 8,
        mayStopEarly: false,
        totalCounts: true,
        maxPasses: 3,
        signal: undefined,
      },
    )
    for await (const page of pages) for (const { id } of page) seen.push(id)
    expect(new Set(seen).size).toBe(seen.length)
    expect(start.slice(1).filter(({ id }) => !seen.includes(id))).toEqual([])
    expect(requests).toBeLessThanOrEqual(9)
  })
})
