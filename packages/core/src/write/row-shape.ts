/** Converts rows of the caller's type to values by column name and back, with a zod schema. */
import * as z from 'zod'
import { $ZodEncodeError } from 'zod/v4/core'
import { InvalidInputError, UnexpectedAnswerError } from '../errors.ts'
import type { ChangedValues, NewValues, RecordValues } from '../schema-types.ts'
import type { Value, Values } from '../types.ts'
import { setOwn } from '../values/own.ts'

/** Conversion of the rows of a table that is typed by `T`. */
export interface RowShape<T> {
  /** Fills in defaults. @throws InvalidInputError */
  write(row: NewValues<T>): Values
  /** @throws InvalidInputError */
  writeUpsert(row: NewValues<T>): UpsertRow
  /** `write` for some of the columns, without defaults. @throws InvalidInputError */
  writePart(set: ChangedValues<T>): Values
  /** @throws UnexpectedAnswerError for a record that does not fit */
  read(values: Values, recordId: string): RecordValues<T>
  /** `read` for some of the columns, with the type of all. @throws UnexpectedAnswerError */
  readPart(values: Values, recordId: string): RecordValues<T>
}

/** A row to upsert. */
export interface UpsertRow {
  /** The values of a new record, with defaults. */
  readonly values: Values
  /** The values that the caller passed; an update writes no defaults. */
  readonly given: Values
}

/** Without a schema, rows are values. */
const plain: RowShape<Values> = {
  write: (row) => checkObject(row),
  writeUpsert: (row) => ({ values: checkObject(row), given: row }),
  writePart: (set) => checkObject(set),
  read: (values) => values,
  readPart: (values) => values,
}

/**
 * With a schema, values are decoded by it when read and encoded when written, so that a codec (such
 * as a Date for a timestamp) works both ways. A schema with a one-way transform can only read. A
 * column that is not in the schema is omitted when read and rejected when written, unless the
 * schema is loose. Refinements of the whole row apply only to whole rows.
 *
 * A column that a new row omits gets its default. A stored null of a column that may be omitted and
 * is not nullable is read as omitted: what an insert may omit can be read back.
 */
export function rowShape<T>(schema: z.ZodObject | undefined): RowShape<T> {
  if (schema === undefined) return plain as RowShape<unknown> as RowShape<T>
  const part = withoutChecks(schema).partial()
  const written = knownColumnsOnly(schema)
  const writtenPart = knownColumnsOnly(part)
  const omissible = Object.keys(schema.shape).filter((name) => mayBeOmitted(schema.shape[name]))
  const unstored = omissible.filter((name) => !acceptsNull(schema.shape[name]))
  const shape: RowShape<Values> = {
    write: (row) => encode(written, checkObject(row), omissible),
    writeUpsert: (row) => {
      const values = shape.write(row)
      return { values, given: namedIn(row, values) }
    },
    writePart: (set) => encode(writtenPart, checkObject(set)),
    read: (values, recordId) => decode(schema, withoutNulls(values, unstored), recordId),
    // Columns that were not selected must not appear with their defaults.
    readPart: (values, recordId) =>
      namedIn(values, decode(part, withoutNulls(values, unstored), recordId)),
  }
  return shape as RowShape<unknown> as RowShape<T>
}

function mayBeOmitted(column: z.core.$ZodType | undefined): boolean {
  return column?._zod.optin !== undefined
}

function acceptsNull(column: z.core.$ZodType | undefined): boolean {
  try {
    return column !== undefined && z.safeDecode(column, null as never).success
  } catch {
    // A schema with promises or that throws is reported when it is used.
    return true
  }
}

/** A row with the defaults of the columns that it omits. */
function withDefaults(row: Values, schema: z.ZodObject, omissible: readonly string[]): Values {
  const missing = omissible.filter((name) => row[name] === undefined)
  if (missing.length === 0) return row
  const whole: Values = { ...row }
  for (const name of missing) {
    const column = schema.shape[name]
    const result = column && z.safeDecode(column, undefined as never)
    if (result?.success && result.data !== undefined) setOwn(whole, name, result.data as Value)
  }
  return whole
}

/** The values of the columns that a row has. */
function namedIn(row: Values, values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => row[name] !== undefined))
}

function withoutNulls(values: Values, names: readonly string[]): Values {
  const nulls = names.filter((name) => values[name] === null)
  if (nulls.length === 0) return values
  return Object.fromEntries(Object.entries(values).filter(([name]) => !nulls.includes(name)))
}

/** zod cannot make a partial schema of one with refinements. */
function withoutChecks(schema: z.ZodObject): z.ZodObject {
  const { catchall } = schema.def
  const bare = z.object(schema.shape)
  return catchall === undefined ? bare : bare.catchall(catchall as z.ZodType)
}

/** zod drops unknown keys; a value to be written must not be lost that way. */
function knownColumnsOnly(schema: z.ZodObject): z.ZodObject {
  return schema.def.catchall === undefined ? schema.strict() : schema
}

function checkObject(row: unknown): Values {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as Values
  throw new InvalidInputError('a row must be an object of values by column name', {
    field: 'values',
  })
}

function encode(schema: z.ZodObject, row: Values, omissible: readonly string[] = []): Values {
  let result: z.ZodSafeParseResult<unknown>
  try {
    result = z.safeEncode(schema, withDefaults(row, schema, omissible) as never)
  } catch (cause) {
    const isOneWay = cause instanceof $ZodEncodeError
    throw new InvalidInputError(
      isOneWay ? 'the schema can only read, not write' : 'the schema failed to convert a row',
      {
        field: 'values',
        hint: isOneWay ? 'Use a codec in place of a one-way transform.' : FAILED,
        cause,
      },
    )
  }
  if (result.success) return result.data as Values
  const { field, message } = firstIssue(result.error)
  throw new InvalidInputError(`${field}: ${message}`, { field })
}

const FAILED = 'See `cause`. The schema must convert without promises.'

function decode(schema: z.ZodObject, values: Values, recordId: string): Values {
  let result: z.ZodSafeParseResult<unknown>
  try {
    result = z.safeDecode(schema, values as never)
  } catch (cause) {
    const message = `the schema failed to convert record ${recordId}`
    throw new UnexpectedAnswerError(message, { place: 'values', hint: FAILED, cause })
  }
  if (result.success) return result.data as Values
  const { field, message } = firstIssue(result.error)
  throw new UnexpectedAnswerError(
    `record ${recordId} does not fit the schema at ${field}: ${message}`,
    {
      place: field,
      hint: 'Fix the record, or widen the schema: columns may be null.',
    },
  )
}

function firstIssue(error: z.ZodError): { field: string; message: string } {
  const [issue] = error.issues
  return {
    field: ['values', ...(issue?.path ?? [])].join('.'),
    message: issue?.message ?? 'invalid',
  }
}
