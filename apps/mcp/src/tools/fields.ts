/** Arguments and results that several tools share. */
import { z } from 'zod'
import { Problem } from '../result/tool-error.ts'

type JsonObject = Readonly<Record<string, unknown>>

/**
 * An object taken as it came. Its keys are column names, which only the table knows; and a copy
 * would lose a column that is called `__proto__`.
 */
const AnyObject = z
  .custom<JsonObject>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'expected an object',
  )
  .meta({ type: 'object' })

/** Reads the JSON text that some clients send where something other than text belongs. */
function orItsText<Schema extends z.ZodType>(schema: Schema, looksRight: RegExp) {
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
  return orItsText(schema, LIST_OR_OBJECT)
}

function flag() {
  return orItsText(z.boolean(), /^(?:true|false)$/)
}

export function integer(min: number, max: number, otherwise: number) {
  return orItsText(z.int().min(min).max(max).default(otherwise), /^\d{1,9}$/)
}

/** The largest number of records that one call writes row by row, or names by id. */
export const MAX_ROWS = 100

export const TableArgument = z
  .string()
  .min(1)
  .describe('Table name or id; "stores@live" names the version')

export const WhereArgument = orJsonText(AnyObject)

const RecordArgument = orJsonText(AnyObject)

export const SetArgument = RecordArgument.describe('Column: new value')

export const RecordsArgument = orJsonText(z.array(RecordArgument).min(1).max(MAX_ROWS))

/** A list of names, or the only one by itself. */
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

/** Columns to sort by; one alone needs no list, and one that is ascending no object. */
export const SortArgument = z.preprocess(sortKeys, z.array(SortKey).min(1))

function sortKeys(given: unknown): unknown {
  const value = decoded(given)
  if (Array.isArray(value)) return value.map(sortKey)
  return value === undefined ? value : [sortKey(value)]
}

function sortKey(value: unknown): unknown {
  return typeof value === 'string' ? { column: value } : value
}

/** Clients cut an answer at some 25,000 tokens, and warn from 10,000 on. */
export const MAX_TOKENS = 20_000
export const DEFAULT_TOKENS = 4_000

export const MaxTokensArgument = integer(500, MAX_TOKENS, DEFAULT_TOKENS)

export const FormatArgument = z.enum(['concise', 'detailed']).default('concise')

export const CursorArgument = z.string().describe('From next_cursor')

/** What every write takes beside its own arguments. */
export const WRITE = {
  dry_run: flag().default(false).describe('Preview; nothing is written'),
  confirm_token: z.string().describe('From the dry_run').optional(),
  note: z.string().max(500).describe('Why').optional(),
}

export const IdsArgument = namesOf(z.array(z.string().min(1)).min(1).max(MAX_ROWS))

type SqlParameter = string | number | boolean | null
type SqlParameters = readonly SqlParameter[] | Readonly<Record<string, SqlParameter>>

const SqlParameters = z
  .custom<SqlParameters>(
    (value) => typeof value === 'object' && value !== null && Object.values(value).every(isPlain),
    'expected a list or an object of texts, numbers, booleans and nulls',
  )
  .meta({ type: ['array', 'object'] })

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Values for the places of a query. */
export const ParamsArgument = orJsonText(SqlParameters)

/** How the records of an update or a delete are chosen. */
export const SELECTION = {
  ids: IdsArgument.optional(),
  where: WhereArgument.describe('As in query_records').optional(),
  all: flag().describe('Every record').optional(),
}

export function optionalFlag() {
  return flag().default(false)
}

export const Notice = z.string().describe('Read this first')

export const VersionResult = z.string().describe('DRAFT or LIVE')

/** How a write ended, row by row; rows that are in neither list went well. */
export const WRITE_RESULT = {
  dry_run: z.boolean(),
  rejected: z.int(),
  unknown: z.int().describe('May have been written: look before trying again'),
  problems: z.array(Problem),
  confirm_token: z
    .string()
    .describe('Of a dry_run: what the call that writes must name')
    .optional(),
  change_set: z.string().describe('What undo_changes takes back').optional(),
}

/** One record of a preview. */
const Change = z.strictObject({
  change: z.string(),
  id: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
})

/** What a dry run shows. */
export const PREVIEW_RESULT = {
  changes: z.array(Change).describe('Of a dry_run').optional(),
}
