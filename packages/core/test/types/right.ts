/** Conditions, sort keys and writes that must compile; those that are data must pass at run time. */
import type { QueryOptions, Where } from '@chatlayer-tables/core'
import type * as z from 'zod'
import { type Lead, leads } from './leads.ts'

const ID = '00000000-0000-4000-8000-000000000001'
const text: string = 'text'

export const conditions: readonly Where<typeof Lead>[] = [
  {},
  { name: 'Ada', email: null, score: 5 },
  { name: { eq: 'a', ne: text, gt: 'a', gte: 'a', lt: 'b', lte: 'b', in: ['a'], nin: [] } },
  { name: { contains: 'a', startsWith: 'b', endsWith: 'c', isNull: false } },
  { name: { icontains: 'A', istartsWith: 'b', iendsWith: 'c' }, email: { ieq: 'x' } },
  { email: { in: ['a', text] } },
  { status: 'new', stage: { in: ['cold', 'hot'] } },
  { status: { ne: 'old', gt: 'any text', contains: 'e' } },
  { score: { gt: 1, lt: 2n, gte: '3', lte: '-4' } },
  { views: { in: [1, 2n, '3'] } },
  { views: 12n },
  { spent: { gt: 900, gte: '900.50', lt: 10n } },
  { spent: '12.50', paid: 12.5 },
  { paid: { in: ['1.5', 2] } },
  { vip: true },
  { vip: { ne: 'false', gt: false } },
  { opened: { gte: new Date(0), lt: '2026-01-01T00:00:00Z' } },
  { opened: new Date(0) },
  { seen: { gt: new Date(0), in: [new Date(0), '2026-01-01T00:00:00Z'] } },
  { owner: { eq: ID, gt: ID } },
  { address: { eq: { city: 'Ghent' } } },
  { address: null, tags: ['a', 'b'] },
  { tags: { in: [['a'], []], isNull: false } },
  { extra: { eq: { any: ['thing', 1, null] } } },
  { extra: 'x' },
  { id: ID, createdAt: { gte: new Date(0) }, updatedAt: '2026-01-01T00:00:00Z' },
  { id: { in: [ID], gt: ID }, '"id"': { contains: 'x' }, '"or"': 'x' },
  { and: [{ name: 'a' }, { or: [] }], or: [{ vip: true }, { not: { score: { lt: 5 } } }] },
  { not: { and: [], id: null } },
]

export const queries: readonly QueryOptions<typeof Lead>[] = [
  { sort: 'score' },
  { sort: { column: 'score' } },
  { sort: { column: 'name', direction: 'desc', nulls: 'first' } },
  { sort: ['score', { column: 'createdAt', direction: 'asc' }, 'id', '"id"', 'or'] },
  { select: ['name', 'tags', '"id"', 'or'], limit: 5, offset: 1, ahead: 2 },
]

/** Never called: these send requests. */
export async function writes(row: z.input<typeof Lead> & z.output<typeof Lead>): Promise<void> {
  const least = {
    name: 'Ada',
    email: null,
    score: 1,
    spent: null,
    vip: false,
    opened: new Date(0),
    seen: null,
    owner: null,
    address: null,
    tags: [],
    extra: null,
  }
  await leads.insert(least)
  await leads.insert({ ...least, status: 'old', views: 5n, paid: 2 }, { key: 'email' })
  await leads.insert({ ...least, status: undefined })
  await leads.insert(row)
  await leads.insertMany([least], { key: ['email', 'name'] })
  await leads.upsert([least], { key: 'email' })
  await leads.upsertOne(least, { key: ['email'] })
  await leads.preview.insert([least])
  await leads.preview.upsert([least], { key: ['email', 'name'] })
  await leads.update({ score: { gt: 1 } }, { score: 2 })
  await leads.preview.update({ score: { gt: 1 } }, { score: 2, opened: new Date(0) })
  await leads.updateById(['x'], { views: 5n })
  await leads.updateOne('x', { email: null })
  await leads.updateMany([{ id: 'x', set: { tags: ['a'] } }])
  for await (const { id, values } of leads.preview.matching({ vip: true })) {
    await leads.updateMany([{ id, set: { score: 2 }, before: values }])
  }
  await leads.delete({ name: { startsWith: 'a' } })
  await leads.preview.delete({ name: { startsWith: 'a' } })
  await leads.count({ vip: true })

  const records = await leads.records().toArray()
  const last: Date | null | undefined = records[0]?.values.opened
  const [record] = await leads.records({ select: ['name', '"id"'], sort: 'name' }).toArray()
  const name: string | undefined = record?.values.name
  const id: string | undefined = record?.values.id
  for (const { values } of records) await leads.insert(values)
  console.log(last, name, id)
}
