/** Arguments and results that several tools share. */
import { z } from 'zod'
import { Problem } from '../result/tool-error.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** Without `additionalProperties`, strict clients let a model send only `{}`. */
const OPEN_OBJECT = { type: 'object', additionalProperties: true } as const

/**
 * An object that is passed on without a copy. Its keys are column names, which only the table knows,
 * and a copy would lose a column named `__proto__`.
 */
const AnyObject = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  )
  .meta(OPEN_OBJECT)

export function optionalFlag() {
  return z.boolean().default(false)
}

export function integer(min: number, max: number, otherwise: number) {
  return z.int().min(min).max(max).default(otherwise)
}

/** Rows, or ids, in one call. */
export const MAX_ROWS = 100

/** The name or id of a table, and perhaps its version. */
export const TableArgument = z.string().min(1).describe('"stores@live" for LIVE')

/** A condition, whose form query_records describes. */
export const WhereArgument = AnyObject

export const SetArgument = AnyObject.describe('New values: {"city":"Ghent","open":null}')

/** Expressions by column. */
export const SetSqlArgument = z
  .custom<Readonly<Record<string, string>>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((text) => typeof text === 'string'),
    'expected an object of SQL expressions',
  )
  .meta(OPEN_OBJECT)
  .describe('SQLite expression per column: {"price":"price*1.1"}')

export const RecordsArgument = z
  .array(AnyObject)
  .min(1)
  .max(MAX_ROWS)
  .describe('[{"name":"Ghent"}]')

export const ColumnsArgument = z.array(z.string()).min(1)

export const SortArgument = z
  .array(
    z.strictObject({
      column: z.string(),
      direction: z.enum(['asc', 'desc']).default('asc'),
    }),
  )
  .min(1)

/** Clients cut a result at about 25,000 tokens, and warn from 10,000. */
export const MAX_TOKENS = 20_000
export const DEFAULT_TOKENS = 4_000

export const MaxTokensArgument = integer(500, MAX_TOKENS, DEFAULT_TOKENS)

export const FormatArgument = z.enum(['concise', 'detailed']).default('concise')

/** Without a maximum in the schema: any larger number shows an empty rest. */
export const CellFromArgument = integer(0, Number.MAX_SAFE_INTEGER, 0)

/** Results describe `next_cursor`. */
export const CursorArgument = z.string()

/** Arguments that every write takes. Refusals and previews say how to pass the token and the cursor. */
export const WRITE = {
  dry_run: optionalFlag(),
  confirm_token: z.string().optional(),
  cursor: z.string().optional(),
  /** The reason of the change, for the journal. */
  note: z.string().max(500).optional(),
}

/** The number of records that a write must match. */
export const ExpectArgument = z.int().describe('Records it must match').optional()

export const IdsArgument = z.array(z.string().min(1)).min(1).max(MAX_ROWS)

type SqlParameter = string | number | boolean | null
type SqlParameters = readonly SqlParameter[] | Readonly<Record<string, SqlParameter>>

/** Values of a query's parameters. Clients see the object; a list is accepted too. */
export const ParamsArgument = z
  .custom<SqlParameters>(
    (value) => typeof value === 'object' && value !== null && Object.values(value).every(isPlain),
    'expected a list or an object of strings, numbers, booleans and nulls',
  )
  .meta(OPEN_OBJECT)

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Arguments that select the records of an update or a delete. */
export const SELECTION = {
  ids: IdsArgument.describe(`At most ${MAX_ROWS}`).optional(),
  where: WhereArgument.describe('As in query_records').optional(),
  all: z.boolean().describe('Every record').optional(),
}

/** For writes that add records. */
export const AgainArgument = z.boolean().optional()

export const Notice = z.string().describe('Read this first')

export const VersionResult = z.string().describe('DRAFT or LIVE')

/** The outcome of a write. Rows without a problem were written. */
export const WRITE_RESULT = {
  dry_run: z.boolean(),
  rejected: z.int(),
  unknown: z.int().describe('May have been written: check before retrying'),
  not_sent: z.int().describe('Not attempted; omitted if 0').optional(),
  problems: z.array(Problem),
  change_set: z.string().describe('Pass it to undo_changes to revert the write').optional(),
}

/**
 * Records that a write would change: each row names a record, and has only what changes. The schema omits
 * its members, which seven tools would repeat three times each.
 */
const Section = AnyObject.describe('columns and rows; new_values and old_values of all rows')

/** The result of a write that was only previewed. */
export const PreviewResult = z.looseObject({
  notice: Notice,
  version: VersionResult,
  dry_run: z.literal(true),
  matched: z.int().optional(),
  would_insert: z.int().describe('Omitted if 0, as the other numbers').optional(),
  would_update: z.int().optional(),
  would_delete: z.int().optional(),
  unchanged: z.int().optional(),
  rejected: z.int().optional(),
  confirm_token: z.string().describe('Pass it alone to execute the write').optional(),
  updates: Section.optional(),
  inserts: Section.optional(),
  deletes: Section.optional(),
  next_cursor: z.string().describe('More records: pass it as cursor').optional(),
})
