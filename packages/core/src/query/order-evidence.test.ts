import { expect, test } from 'vitest'
import { OrderEvidence } from './order-evidence.ts'

type Dates = readonly [created: number | undefined, updated: number | undefined]

function isNewestLast(...pages: (readonly Dates[])[]): boolean {
  const evidence = new OrderEvidence()
  const dateOf = (at: number | undefined) =>
    at === undefined ? undefined : new Date(Date.UTC(2024, 0, 1) + at).toISOString()
  for (const page of pages) {
    const records = page.map(([created, updated], n) => ({
      id: `${n}`,
      createdAt: dateOf(created),
      updatedAt: dateOf(updated),
      values: {},
    }))
    evidence.add({ skip: 0, records, total: undefined, limit: 10, isLimitReported: true })
  }
  return evidence.isNewestLast
}

test.each<[string, boolean, readonly Dates[]]>([
  [
    'created in order, never updated',
    true,
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  ],
  [
    'created in order, some updated',
    true,
    [
      [1, 9],
      [2, 2],
      [3, 3],
    ],
  ],
  [
    'updated in order',
    true,
    [
      [3, 3],
      [1, 4],
      [2, 5],
    ],
  ],
  [
    'created last first',
    false,
    [
      [3, 3],
      [2, 2],
      [1, 1],
    ],
  ],
  [
    'created last first, some updated',
    false,
    [
      [3, 3],
      [2, 9],
      [1, 1],
    ],
  ],
  [
    'updated last first',
    false,
    [
      [1, 5],
      [3, 4],
      [2, 2],
    ],
  ],
  [
    'created in order, updated last first',
    false,
    [
      [1, 5],
      [2, 4],
      [3, 3],
    ],
  ],
  [
    'in no order',
    false,
    [
      [1, 5],
      [3, 3],
      [2, 9],
    ],
  ],
  [
    'with the same date',
    false,
    [
      [1, 1],
      [1, 1],
    ],
  ],
  [
    'without dates',
    false,
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  ],
  ['one record', false, [[1, 1]]],
])('%s: %s', (_, expected, page) => {
  expect(isNewestLast(page)).toBe(expected)
})

test('pages are not compared with each other, which came at different times', () => {
  expect(isNewestLast([[1, 1]], [[2, 2]])).toBe(false)
  expect(
    isNewestLast(
      [
        [3, 3],
        [4, 4],
      ],
      [[1, 1]],
    ),
  ).toBe(true)
})

test('dates of different precision are compared as dates', () => {
  const evidence = new OrderEvidence()
  const records = ['2024-01-01T00:00:00.500Z', '2024-01-01T00:00:00Z'].map((updatedAt, n) => ({
    id: `${n}`,
    updatedAt,
    values: {},
  }))
  evidence.add({ skip: 0, records, total: undefined, limit: 10, isLimitReported: true })
  expect(evidence.isNewestLast).toBe(false)
})
