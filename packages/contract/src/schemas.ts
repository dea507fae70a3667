/**
 * Schemas of the bodies on the wire. Requests are parsed strictly (`z.strictObject`); responses are
 * declared here as documented and read leniently (`responses.ts`).
 */
import * as z from 'zod'
import { ColumnType } from './column-types.ts'
import { Operator } from './operators.ts'
import { stated } from './standing.ts'

const TRANSCRIBED = 'Transcribed from the API page of the vendor.'

export const VERSIONS = ['DRAFT', 'LIVE'] as const

export const Version = stated('Version', 'T', TRANSCRIBED, z.enum(VERSIONS))
export type Version = z.infer<typeof Version>

export const ACTION_TYPES = ['INSERT', 'SELECT', 'UPDATE', 'DELETE'] as const

export const ActionType = stated('ActionType', 'T', TRANSCRIBED, z.enum(ACTION_TYPES))
export type ActionType = z.infer<typeof ActionType>

/** Whether an action changes records; only SELECT does not. */
export function isWriteAction(type: ActionType): boolean {
  return type !== 'SELECT'
}

export const Column = stated(
  'Column',
  'T',
  `${TRANSCRIBED} \`type\` is a free string.`,
  z.object({ name: z.string(), type: z.string() }),
)
export type Column = z.infer<typeof Column>

export const Table = stated(
  'Table',
  'T',
  `${TRANSCRIBED} All five are required.`,
  z.object({
    id: z.string(),
    botId: z.string(),
    name: z.string(),
    description: z.string(),
    columns: z.array(Column),
  }),
)

const TableRecord = stated(
  'TableRecord',
  'T',
  `${TRANSCRIBED} Dates are ISO date-times; values hold JSON of any type, by column name.`,
  z.object({
    id: z.string(),
    createdAt: z.iso.datetime({ offset: true }),
    updatedAt: z.iso.datetime({ offset: true }),
    values: z.record(z.string(), z.unknown()),
  }),
)

const PageMeta = stated(
  'PageMeta',
  'T',
  TRANSCRIBED,
  z.object({ total: z.int().min(0), limit: z.int(), offset: z.int().min(0) }),
)

export const TableData = stated(
  'TableData',
  'T',
  TRANSCRIBED,
  z.object({ data: z.array(TableRecord), meta: PageMeta }),
)

export const Filter = stated(
  'Filter',
  'T',
  `${TRANSCRIBED} \`value\` is always a string; how a list or null is written in it is unknown.`,
  z.strictObject({
    columnName: z.string(),
    columnType: ColumnType,
    operator: Operator,
    value: z.string().optional(),
  }),
)
export type Filter = z.infer<typeof Filter>

export const Field = stated(
  'Field',
  'T',
  `${TRANSCRIBED} \`value\` is always a string; how null is written in it is unknown.`,
  z.strictObject({
    columnName: z.string(),
    value: z.string(),
    columnType: ColumnType.optional(),
  }),
)

/**
 * `value: null` is not part of the declared body. The client sends it only under the dialect
 * setting `nullEncoding: 'json'`, for a gateway that is known to accept it.
 */
const FieldWithNull = z.strictObject({ ...Field.shape, value: z.string().nullable() })
export type Field = z.infer<typeof FieldWithNull>

const actionShape = {
  type: ActionType,
  skip: z.int().min(0).optional(),
  limit: z.int().min(0).optional(),
  filters: z.array(Filter).optional().meta({ default: [] }),
}

export const TableAction = stated(
  'TableAction',
  'T',
  `${TRANSCRIBED} Pages with \`skip\`, not with \`offset\`.`,
  z.strictObject({ ...actionShape, fields: z.array(Field).optional().meta({ default: [] }) }),
)

/** {@link TableAction} for a gateway that accepts JSON null as a field's value. */
export const TableActionWithNull = z.strictObject({
  ...actionShape,
  fields: z.array(FieldWithNull).optional(),
})
export type TableAction = z.infer<typeof TableActionWithNull>

export const Customer = stated(
  'Customer',
  'T',
  TRANSCRIBED,
  z.object({
    id: z.uuid(),
    profile: z.object({ name: z.string(), email: z.string(), phone: z.string() }),
    created_at: z.iso.datetime({ offset: true }),
    updated_at: z.iso.datetime({ offset: true }),
  }),
)

export const ErrorBody = stated(
  'ErrorBody',
  'T',
  `${TRANSCRIBED} None of the three is required; that \`message\` may be a list is inferred from the NestJS shape.`,
  z.object({
    message: z.union([z.string(), z.array(z.string())]).optional(),
    error: z.string().optional(),
    statusCode: z.int().optional(),
  }),
)
