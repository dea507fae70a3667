/**
 * Schemas of the gateway's responses, read leniently: unknown fields are kept, and fields that are
 * not needed (a page's `meta`, a table's `botId` and `description`, a record's dates) may be
 * missing.
 */
import * as z from 'zod'
import { Column } from './schemas.ts'

export const TableResponse = z.looseObject({
  id: z.string(),
  botId: z.string().optional(),
  name: z.string(),
  description: z.string().nullish(),
  columns: z.array(z.looseObject(Column.shape)),
})

/** A table of a bot: its id, its name and its columns in the gateway's order. */
export type Table = z.infer<typeof TableResponse>

export const RecordResponse = z.looseObject({
  id: z.string(),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
  values: z.record(z.string(), z.unknown()),
})

/** A record on the wire: `values` is JSON by column name, not decoded yet. */
export type WireRecord = z.infer<typeof RecordResponse>

const PageMetaAnswer = z.looseObject({
  total: z.number().optional(),
  limit: z.number().optional(),
  offset: z.number().optional(),
})

export const TableListResponse = z.looseObject({ data: z.array(TableResponse) })
export const TableGetResponse = z.looseObject({ data: TableResponse })

export const TableDataResponse = z.looseObject({
  data: z.array(RecordResponse),
  meta: PageMetaAnswer.nullish(),
})
export type TableDataResponse = z.infer<typeof TableDataResponse>

/**
 * It is unknown what INSERT, UPDATE and DELETE return beyond the declared type: the records, none
 * of them, perhaps no body. All of these are accepted; none is relied upon.
 */
export const ActionResponse = z.looseObject({
  data: z.union([z.array(RecordResponse), RecordResponse]).nullish(),
  meta: PageMetaAnswer.nullish(),
})
export type ActionResponse = z.infer<typeof ActionResponse>

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

export const CustomerListResponse = z.looseObject({
  data: z.array(CustomerAnswer),
  meta: z.looseObject({ total: z.number().optional() }).nullish(),
})
