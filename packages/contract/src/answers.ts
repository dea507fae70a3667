/**
 * Schemas of the gateway's responses, read leniently: unknown fields are kept, and fields that are
 * not needed (a page's `meta`, a table's `botId` and `description`, a record's dates) may be
 * missing.
 */
import * as z from 'zod'
import { Column } from './schemas.ts'

export const TableAnswer = z.looseObject({
  id: z.string(),
  botId: z.string().optional(),
  name: z.string(),
  description: z.string().nullish(),
  columns: z.array(z.looseObject(Column.shape)),
})

/** A table of a bot: its id, its name and its columns in the gateway's order. */
export type Table = z.infer<typeof TableAnswer>

export const RecordAnswer = z.looseObject({
  id: z.string(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
  values: z.record(z.string(), z.unknown()),
})

/** A record on the wire: `values` is JSON by column name, not decoded yet. */
export type WireRecord = z.infer<typeof RecordAnswer>

const PageMetaAnswer = z.looseObject({
  total: z.number().optional(),
  limit: z.number().optional(),
  offset: z.number().optional(),
})

export const TableListAnswer = z.looseObject({ data: z.array(TableAnswer) })
export const TableGetAnswer = z.looseObject({ data: TableAnswer })

export const TableDataAnswer = z.looseObject({
  data: z.array(RecordAnswer),
  meta: PageMetaAnswer.nullish(),
})
export type TableDataAnswer = z.infer<typeof TableDataAnswer>

/**
 * It is unknown what INSERT, UPDATE and DELETE return beyond the declared type: the records, none
 * of them, perhaps no body. All of these are accepted; none is relied upon.
 */
export const ActionAnswer = z.looseObject({
  data: z.union([z.array(RecordAnswer), RecordAnswer]).nullish(),
  meta: PageMetaAnswer.nullish(),
})
export type ActionAnswer = z.infer<typeof ActionAnswer>

const CustomerAnswer = z.looseObject({
  id: z.string(),
  profile: z
    .looseObject({
      name: z.string().nullish(),
      email: z.string().nullish(),
      phone: z.string().nullish(),
    })
    .nullish(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
})

/** A customer (contact) of a team. */
export type Customer = z.infer<typeof CustomerAnswer>

export const CustomerListAnswer = z.looseObject({
  data: z.array(CustomerAnswer),
  meta: z.looseObject({ total: z.number().optional() }).nullish(),
})
