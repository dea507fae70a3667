/** Arguments and results that several tools share. */
import { z } from 'zod'
import { Problem } from '../result/tool-error.ts'

type JsonObject = Readonly<Record<string, unknown>>

/**
 * An object that is passed on without a copy. Its keys are column names, which only the table knows,
 * and a copy would lose a column named `__proto__`.
 */
const AnyObject = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  )
  .meta({ type: 'object' })

/** Also accepts the value as JSON text, which some clients send. */
function orText<Schema extends z.ZodType>(schema: Schema, looksRight: RegExp) {
  return z.preprocess((value) => decoded(value, looksRight), schema)
}

const LIST_OR_OBJECT = /^\s*[[{]/

function decoded(value: unknown, looksRight: RegExp = LIST_OR_OBJECT): unknown {
  if (typeof value !== 'string' || !looksRight.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function orJsonText<Schema extends z.ZodType>(schema: Schema) {
  return orText(schema, LIST_OR_OBJECT)
}

function flag() {
  return orText(z.boolean(), /^(?:true|false)$/)
}

export function integer(min: number, max: number, otherwise: number) {
  return orText(z.int().min(min).max(max).default(otherwise), /^\d{1,9}$/)
}

/** Rows, or ids, in one call. */
export const MAX_ROWS = 100

export const TableArgument = z.string().min(1).describe('Table name or id; "stores@live" for LIVE')

export const WhereArgument = orJsonText(AnyObject)

const RecordArgument = orJsonText(AnyObject)

export const SetArgument = RecordArgument.describe('Column: new value')

export const RecordsArgument = orJsonText(z.array(RecordArgument).min(1).max(MAX_ROWS))

/** A list of names, or a single name. */
function namesOf(list: z.ZodType<string[]>) {
  return z.preprocess(
    (value) => (typeof value === 'string' && !/^\s*\[/.test(value) ? [value] : value),
    orJsonText(list),
  )
}

export const ColumnsArgument = namesOf(z.array(z.string()).min(1))

const SortKey = z.strictObject({
  column: z.string(),
  direction: z.enum(['asc', 'desc']).default('asc'),
})

/** Columns to sort by: a list or a single one, each an object or, for ascending order, a name. */
export const SortArgument = z.preprocess(sortKeys, z.array(SortKey).min(1))

function sortKeys(given: unknown): unknown {
  const value = decoded(given)
  if (Array.isArray(value)) return value.map(sortKey)
  return value === undefined ? value : [sortKey(value)]
}

function sortKey(value: unknown): unknown {
  return typeof value === 'string' ? { column: value } : value
}

/** Clients cut a result at about 25,000 tokens, and warn from 10,000. */
export const MAX_TOKENS = 20_000
export const DEFAULT_TOKENS = 4_000

export const MaxTokensArgument = integer(500, MAX_TOKENS, DEFAULT_TOKENS)

export const FormatArgument = z.enum(['concise', 'detailed']).default('concise')

export const CursorArgument = z.string().describe('From next_cursor')

/** Arguments that every write takes. */
export const WRITE = {
  dry_run: flag().default(false).describe('Preview; nothing is written'),
  confirm_token: z.string().describe('From the dry_run').optional(),
  note: z.string().max(500).describe('Reason').optional(),
}

export const IdsArgument = namesOf(z.array(z.string().min(1)).min(1).max(MAX_ROWS))

type SqlParameter = string | number | boolean | null
type SqlParameters = readonly SqlParameter[] | Readonly<Record<string, SqlParameter>>

const SqlParameters = z
  .custom<SqlParameters>(
    (value) => typeof value === 'object' && value !== null && Object.values(value).every(isPlain),
    'expected a list or an object of strings, numbers, booleans and nulls',
  )
  .meta({ type: ['array', 'object'] })

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Values of a query's parameters. */
export const ParamsArgument = orJsonText(SqlParameters)

/** Arguments that select the records of an update or a delete. */
export const SELECTION = {
  ids: IdsArgument.optional(),
  where: WhereArgument.describe('As in query_records').optional(),
  all: flag().describe('Every record').optional(),
}

export function optionalFlag() {
  return flag().default(false)
}

/** For writes that add records. */
export const AgainArgument = flag().optional()

export const Notice = z.string().describe('Read this first')

export const VersionResult = z.string().describe('DRAFT or LIVE')

/** The outcome of a write. Rows without a problem were written. */
export const WRITE_RESULT = {
  dry_run: z.boolean(),
  rejected: z.int(),
  unknown: z.int().describe('May have been written: check before retrying'),
  not_sent: z.int().describe('Not attempted; omitted if 0').optional(),
  problems: z.array(Problem),
  confirm_token: z.string().describe('From a dry_run: pass it to the call that writes').optional(),
  change_set: z.string().describe('Pass it to undo_changes to revert the write').optional(),
}

/** One record of a preview. */
const Change = z.strictObject({
  change: z.string(),
  id: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})

/** The changes that a dry run shows. */
export const PREVIEW_RESULT = {
  changes: z.array(Change).describe('Only for a dry_run').optional(),
}
