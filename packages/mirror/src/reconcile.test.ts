import type { TableRecord, Where } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Inconclusive, type Ranges, reconcile } from './reconcile.ts'

interface Held {
  readonly id: string
  readonly key: number
}

/** A gateway that holds these records, and how much it was asked. */
function gatewayOf(held: readonly Held[]) {
  const asked = { counts: 0, reads: 0 }
  const within = (where: Where): Held[] => {
    const { gte, lt } = where.size as { gte: number; lt?: number }
    return held.filter(({ key }) => key >= gte && (lt === undefined || key < lt))
  }
  const ranges: Ranges = {
    async count(where) {
      asked.counts += 1
      return within(where).length
    },
    async read(where) {
      asked.reads += 1
      return within(where).map(({ id, key }) => recordOf(id, key))
    },
  }
  return { ranges, asked }
}

function recordOf(id: string, size: number): TableRecord {
  return { id, createdAt: '', updatedAt: '', values: { size } }
}

function axisOf(entries: readonly Held[]) {
  return { column: 'size', least: -1, entries: entries.toSorted((a, b) => a.key - b.key) }
}

test('deletions and insertions are found, wherever they are', async () => {
  const keys = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 400 })
  await fc.assert(
    fc.asyncProperty(keys, fc.infiniteStream(fc.boolean()), async (all, coin) => {
      const local = all.map((key, index) => ({ id: `r${index}`, key }))
      const kept = local.filter(() => coin.next().value === true)
      const { ranges } = gatewayOf(kept)
      const options = { leaf: 10, budget: 1e9, total: kept.length }
      const { upserts, deletes } = await reconcile(axisOf(local), ranges, options)
      const left = local.filter(({ id }) => !deletes.includes(id)).map(({ id }) => id)
      const after = new Set([...left, ...upserts.map(({ id }) => id)])
      expect(after).toEqual(new Set(kept.map(({ id }) => id)))
    }),
  )
})

test('what it costs grows with the differences, not with the table', async () => {
  const local = Array.from({ length: 100_000 }, (_, key) => ({ id: `r${key}`, key }))
  const gone = new Set(Array.from({ length: 10 }, (_, index) => index * 9_973))
  const { ranges, asked } = gatewayOf(local.filter(({ key }) => !gone.has(key)))
  const options = { leaf: 200, budget: 1_000, total: local.length - gone.size }
  const { deletes } = await reconcile(axisOf(local), ranges, options)
  expect(new Set(deletes)).toEqual(new Set([...gone].map((key) => `r${key}`)))
  expect(asked.counts).toBeLessThan(90)
  expect(asked.reads).toBe(10)
})

test('it is given up where reading everything is cheaper, or no key parts the records', async () => {
  const local = Array.from({ length: 5_000 }, (_, key) => ({ id: `r${key}`, key }))
  const { ranges } = gatewayOf(local.filter(({ key }) => key % 2 === 0))
  const options = { leaf: 100, total: 2_500 }
  await expect(reconcile(axisOf(local), ranges, { ...options, budget: 20 })).rejects.toThrow(
    Inconclusive,
  )
  const alike = local.map(({ id }) => ({ id, key: 7 }))
  const one = gatewayOf(alike.slice(1)).ranges
  const all = { ...options, budget: 1e9, total: 4_999 }
  await expect(reconcile(axisOf(alike), one, all)).rejects.toThrow(Inconclusive)
})
