/** Arguments and results that several tools share. */
import { z } from 'zod'
import { Problem } from '../answer/failure.ts'

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

/** Reads the JSON text that some clients send where an object or a list belongs. */
function orItsText<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
    try {
      return JSON.parse(value)
    } catch {
      return value
    }
  }, schema)
}

/** The largest number of records that one call inserts, or names by id. */
export const MOST_ROWS = 100

export const TableArgument = z
  .string()
  .min(1)
  .describe('Table name or id; "stores@live" or "stores@draft" names the version')

export const WhereArgument = orItsText(AnyObject)

export const RecordArgument = orItsText(AnyObject)

export const RecordsArgument = orItsText(z.array(RecordArgument).min(1).max(MOST_ROWS))

const IdsArgument = orItsText(z.array(z.string().min(1)).min(1).max(MOST_ROWS))

export const ColumnsArgument = orItsText(z.array(z.string()).min(1))

export const SortArgument = orItsText(
  z
    .array(
      z.strictObject({ column: z.string(), direction: z.enum(['asc', 'desc']).default('asc') }),
    )
    .min(1),
)

/** Clients cut an answer at some 25,000 tokens, and warn from 10,000 on. */
export const MOST_TOKENS = 20_000

export const MaxTokensArgument = z.int().min(500).max(MOST_TOKENS).default(4_000)

export const CursorArgument = z.string().describe('next_cursor of the page before')

export const NoteArgument = z.string().max(500).describe("Why; kept in the server's log")

/** How the records of an update or a delete are chosen, and what guards them. */
export const SELECTION = {
  ids: IdsArgument.optional(),
  where: WhereArgument.describe('As in query_records').optional(),
  all: z.boolean().describe('Instead of ids or where: every record').optional(),
  dry_run: z.boolean().default(false).describe('Only show what would change'),
}

export const Notice = z.string().describe('Read this first')

export const VersionResult = z.string().describe('DRAFT or LIVE')

/** How a write ended, row by row; rows that are in neither list went well. */
export const WRITE_RESULT = {
  rejected: z.int(),
  unknown: z.int().describe('May have been written: look before trying again'),
  problems: z.array(Problem),
}
