/** Converts rows of the caller's type to values by column name and back, with a zod schema. */
import * as z from 'zod'
import { $ZodEncodeError } from 'zod/v4/core'
import { InvalidInputError, UnexpectedAnswerError } from '../errors.ts'
import type { Values } from '../types.ts'

/** Conversion of rows of type `V`. */
export interface RowShape<V> {
  /** @throws InvalidInputError */
  readonly write: (row: V) => Values
  /** `write` for some of the columns. @throws InvalidInputError */
  readonly writePart: (set: Partial<V>) => Values
  /** @throws UnexpectedAnswerError for a record that does not fit */
  readonly read: (values: Values, recordId: string) => V
  /** `read` for some of the columns, with the type of all. @throws UnexpectedAnswerError */
  readonly readPart: (values: Values, recordId: string) => V
}

/** Without a schema, rows are values. */
const plain: RowShape<Values> = {
  write: (row) => checkObject(row),
  writePart: (set) => checkObject(set),
  read: (values) => values,
  readPart: (values) => values,
}

/**
 * With a schema, values are decoded by it when read and encoded when written, so that a codec (such
 * as a Date for a timestamp) works both ways. A schema with a one-way transform can only read. A
 * column that is not in the schema is omitted when read and rejected when written, unless the
 * schema is loose. Refinements of the whole row apply only to whole rows.
 */
export function rowShape<V>(schema: z.ZodObject | undefined): RowShape<V> {
  if (schema === undefined) return plain as RowShape<unknown> as RowShape<V>
  const part = withoutChecks(schema).partial()
  const written = knownColumnsOnly(schema)
  const writtenPart = knownColumnsOnly(part)
  return {
    write: (row) => encode(written, checkObject(row)),
    writePart: (set) => encode(writtenPart, checkObject(set)),
    read: (values, recordId) => decode(schema, values, recordId) as V,
    readPart: (values, recordId) => decode(part, values, recordId) as V,
  }
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

function encode(schema: z.ZodObject, row: unknown): Values {
  let result: z.ZodSafeParseResult<unknown>
  try {
    result = z.safeEncode(schema, row as never)
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

function decode(schema: z.ZodObject, values: Values, recordId: string): unknown {
  let result: z.ZodSafeParseResult<unknown>
  try {
    result = z.safeDecode(schema, values as never)
  } catch (cause) {
    const message = `the schema failed to convert record ${recordId}`
    throw new UnexpectedAnswerError(message, { place: 'values', hint: FAILED, cause })
  }
  if (result.success) return result.data
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
