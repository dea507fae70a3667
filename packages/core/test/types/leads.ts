/** A table with a column of each type, and its schema. */
import { createClient } from '@chatlayer-tables/core'
import * as z from 'zod'

const instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const numeric = z.stringFormat('numeric', (text) => text === 'NaN' || !Number.isNaN(Number(text)))

export const Lead = z.object({
  name: z.string().min(1),
  email: z.string().nullable(),
  status: z.enum(['new', 'old']).default('new'),
  stage: z.union([z.literal('cold'), z.literal('hot')]).nullish(),
  score: z.int(),
  views: z.union([z.int(), z.bigint()]).nullable().default(null),
  spent: numeric.nullable(),
  paid: z.coerce.number().optional(),
  vip: z.boolean(),
  opened: instant.nullable(),
  seen: z.iso.datetime({ offset: true }).nullable(),
  owner: z.guid().nullable(),
  address: z.object({ city: z.string() }).nullable(),
  tags: z.array(z.string()),
  extra: z.unknown(),
  id: z.string().optional(),
  or: z.string().optional(),
})

/** The wire's types of these columns, for checks at run time. */
export const COLUMNS = {
  name: 'text',
  email: 'text',
  status: 'text',
  stage: 'text',
  score: 'int',
  views: 'int',
  spent: 'numeric',
  paid: 'numeric',
  vip: 'bool',
  opened: 'timestamp',
  seen: 'timestamp',
  owner: 'uuid',
  address: 'jsonb',
  tags: 'jsonb',
  extra: 'jsonb',
  id: 'text',
  or: 'text',
} satisfies Record<keyof z.output<typeof Lead>, string>

const client = createClient({
  token: 'user:password',
  region: 'eu',
  teamId: 'team',
  botId: 'bot',
})
export const leads = client.table('leads', Lead)
