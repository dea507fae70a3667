/** Mistakes that the compiler must catch; those that are data must throw at run time as well. */
import type { QueryOptions, Where } from '@chatlayer-tables/core'
import { type Lead, leads } from './leads.ts'

export const conditions: readonly Where<typeof Lead>[] = [
  // @ts-expect-error there is no such column
  { emial: 'a' },
  // @ts-expect-error nor in a list of conditions
  { or: [{ vip: true }, { emial: 'a' }] },
  // @ts-expect-error nor in a negation
  { not: { emial: 'a' } },
  // @ts-expect-error a text that is not a number
  { score: { gt: 'abc' } },
  // @ts-expect-error there is no such comparison
  { score: { gtt: 1 } },
  // @ts-expect-error a number for a text
  { name: 5 },
  // @ts-expect-error a Date for a text
  { name: { lt: new Date() } },
  // @ts-expect-error a boolean for a number
  { score: true },
  // @ts-expect-error one value where a list is expected
  { name: { in: 'a' } },
  // @ts-expect-error a list where one value is expected
  { name: { eq: ['a'] } },
  // @ts-expect-error null is not compared
  { name: { eq: null } },
  // @ts-expect-error a text for a boolean
  { name: { isNull: 'yes' } },
  // @ts-expect-error parts of a number
  { score: { contains: '1' } },
  // @ts-expect-error letter case of a number
  { score: { ieq: '1' } },
  // @ts-expect-error parts of a numeric
  { spent: { startsWith: '1' } },
  // @ts-expect-error parts of a boolean
  { vip: { endsWith: 'e' } },
  // @ts-expect-error parts of a time
  { seen: { contains: '2026' } },
  // @ts-expect-error parts of a time that the schema reads as a Date
  { opened: { contains: '2026' } },
  // @ts-expect-error parts of a uuid
  { owner: { startsWith: '0' } },
  // @ts-expect-error parts of the id of a record
  { id: { contains: '0' } },
  // @ts-expect-error a number for a time
  { createdAt: { gt: 5 } },
  // @ts-expect-error an object is compared with eq
  { address: { city: 'Ghent' } },
  // @ts-expect-error jsonb has no order
  { tags: { gt: ['a'] } },
  // @ts-expect-error there is no such comparison in a column of any JSON
  { extra: { gtt: 1 } },
  // @ts-expect-error a list of conditions is expected
  { and: { name: 'a' } },
  // @ts-expect-error the name of a column in quotes must be one
  { '"emial"': 'a' },
]

export const queries: readonly QueryOptions<typeof Lead>[] = [
  // @ts-expect-error there is no such column
  { sort: 'scor' },
  // @ts-expect-error a direction is not part of the name
  { sort: '-score' },
  // @ts-expect-error a direction is not part of the name
  { sort: 'score desc' },
  // @ts-expect-error there is no such column
  { sort: { column: 'scor' } },
  // @ts-expect-error there is no such direction
  { sort: { column: 'score', direction: 'down' } },
  // @ts-expect-error there is no such column
  { sort: ['name', 'scor'] },
  // @ts-expect-error jsonb has no order
  { sort: 'tags' },
  // @ts-expect-error there is no such column
  { select: ['emial'] },
  // @ts-expect-error a field of the record is not a column
  { select: ['createdAt'] },
  // @ts-expect-error there is no such option
  { wehre: {} },
]

/** Never called. */
export async function calls(): Promise<void> {
  // @ts-expect-error the value is none of the enum's
  await leads.count({ status: 'neww' })
  // @ts-expect-error nor in a list
  await leads.count({ stage: { in: ['cold', 'warm'] } })
  // @ts-expect-error the key is no column
  await leads.insertMany([], { key: 'emial' })
  // @ts-expect-error the key is no column
  await leads.upsert([], { key: 'emial' })
  // @ts-expect-error one column of the key is none
  await leads.upsert([], { key: ['email', 'scor'] })
  // @ts-expect-error a field of the record is not a key
  await leads.upsert([], { key: 'createdAt' })
  // @ts-expect-error the key is no column
  await leads.preview.upsert([], { key: 'emial' })
  // @ts-expect-error the condition has an unknown column
  await leads.update({ emial: 'a' }, { score: 1 })
  // @ts-expect-error the values have an unknown column
  await leads.update({ email: 'a' }, { scor: 1 })
  // @ts-expect-error the value is not of the column's type
  await leads.updateById('id', { score: 'a' })
  // @ts-expect-error the values have an unknown column
  await leads.updateMany([{ id: 'id', set: { scor: 1 } }])
  // @ts-expect-error the values before have an unknown column
  await leads.updateMany([{ id: 'id', set: { score: 1 }, before: { scor: 1 } }])
  // @ts-expect-error the values have an unknown column
  await leads.updateOne('id', { scor: 1 })
  // @ts-expect-error the condition has an unknown column
  await leads.delete({ emial: 'a' })
  // @ts-expect-error the condition has an unknown column
  await leads.preview.delete({ emial: 'a' })
  // @ts-expect-error the condition has an unknown column
  await leads.preview.update({ emial: 'a' }, { score: 1 })
  // @ts-expect-error the row has an unknown column
  await leads.insert({ nmae: 'a' })
  // @ts-expect-error columns without a default are missing
  await leads.insertMany([{ name: 'a' }])
  // @ts-expect-error columns without a default are missing
  await leads.upsertOne({ name: 'a' }, { key: 'name' })
  const [record] = await leads.records({ select: ['name'] }).toArray()
  // @ts-expect-error it was not selected
  record?.values.email
}
